#ifndef LLM_CLIENT_H
#define LLM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct config;
struct json_object;

/*
 * Models of others, asked over HTTP as OpenAI's are: TENANTRY_ASSISTANT_URL
 * and /embeddings or /chat/completions.  https alone, and no address that is
 * not of the internet at large, unless private ones are allowed.
 */
struct llm_client {
	const struct config *config;
	const char *key; /* to be shown, or NULL */
};

enum llm_status {
	LLM_ANSWERED,
	LLM_REFUSED, /* what was asked: asking again is no use */
	LLM_NO_KEY,  /* it wants another key */
	LLM_AWAY,    /* it is not there, too busy, or talks nonsense */
};

#define LLM_TEXTS_MAX 64 /* that are embedded at once */

/*
 * The vectors of some texts, in their order, as a JSON array of arrays of
 * numbers; *vectors is theirs.
 */
enum llm_status llm_embed(struct arena *, const struct llm_client *,
    const char *const *texts, size_t n, long ms, const char **vectors);

/*
 * True for an array of numbers that a vector may have, as many as *dimensions,
 * which is set where it is 0.
 */
bool llm_vector(struct json_object *, size_t *dimensions);

/* What the model wants called. */
struct llm_call {
	struct buf id, name, arguments;
};

#define LLM_CALLS_MAX 8 /* in one turn */

/* One turn of a chat, told as it comes. */
struct llm_turn {
	long ms; /* that it may take */
	/* Some of the answer; false: nobody listens any more. */
	bool (*say)(void *to, const char *text, size_t len);
	void *to;
	struct buf text; /* all of it */
	struct llm_call calls[LLM_CALLS_MAX];
	size_t ncalls;
	bool ended;  /* by the model, not by a line that went dead */
	bool silent; /* nobody listened */
};

/* Asks with a body that is all but the model's name. */
enum llm_status llm_chat(struct arena *, const struct llm_client *,
    struct json_object *body, struct llm_turn *);

#endif
