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
 * A conversation with a model, which reads as the caller and writes nothing;
 * shared by handlers of the assistant.
 */
struct conversation {
	struct request *rq;
	struct stream *stream; /* NULL: answered as a whole */
	struct llm_client model;
	struct json_object *messages;
	struct json_object *proposals;
	const char *sources; /* a JSON array */
	struct buf text;
	bool writes;
	int64_t until;
	int rounds;
	int calls;
	const char *finish; /* how it ended */
};

/* A message that the model sees, added to the others. */
struct json_object *conversation_message(const char *role, const char *content);
void conversation_add(struct conversation *, struct json_object *message);

/* One event for who reads; nothing where the answer is a whole. */
bool conversation_tell(
    struct conversation *, const char *event, const char *json);

/*
 * Round after round until the model has answered: it is asked, and what it
 * wants called is called.  What is wrong is in the request's problem.
 */
enum problem_code conversation_run(struct conversation *) MUST_CHECK;

#endif
