#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/problem.h"
#include "lib/net/llm_client.h"

struct json_object;
struct request;
struct stream;

/*
 * A conversation with a model, which reads with the caller's permissions and
 * writes nothing.
 */
struct conversation {
	struct request *rq;
	struct stream *stream; /* NULL: the response is not streamed */
	struct llm_client model;
	struct json_object *messages;
	struct json_object *proposals;
	const char *sources; /* a JSON array */
	struct buf text;
	bool writes;
	int64_t until;
	int rounds;
	int calls;
	const char *finish; /* reason for the end of the conversation */
};

/* Appends a message for the model. */
struct json_object *conversation_message(const char *role, const char *content);
void conversation_add(struct conversation *, struct json_object *message);

/* Sends an event if the response is streamed. */
bool conversation_tell(
    struct conversation *, const char *event, const char *json);

/*
 * Calls the model and the tools that it requests until the model answers.
 * Errors are in the request's problem.
 */
enum problem_code conversation_run(struct conversation *) MUST_CHECK;

#endif
