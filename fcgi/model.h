#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct config;
struct json_object;

/*
 * Models of others, asked over HTTP as OpenAI's are: TENANTRY_ASSISTANT_URL
 * and /embeddings or /chat/completions.  https alone, and no address that is
 * not of the internet at large, unless private ones are allowed.
 */
struct model {
	const struct config *config;
	const char *key; /* to be shown, or NULL */
};

enum model_end {
	MODEL_ANSWERED,
	MODEL_REFUSED, /* what was asked: asking again is no use */
	MODEL_NO_KEY,  /* it wants another key */
	MODEL_AWAY,    /* it is not there, too busy, or talks nonsense */
};

#define MODEL_TEXTS_MAX 64 /* that are embedded at once */

/*
 * The vectors of some texts, in their order, as a JSON array of arrays of
 * numbers; *vectors is theirs.
 */
enum model_end model_embed(struct arena *, const struct model *,
    const char *const *texts, size_t n, long ms, const char **vectors);

/*
 * True for an array of numbers that a vector may have, as many as *dimensions,
 * which is set where it is 0.
 */
bool model_vector(struct json_object *, size_t *dimensions);

/* What the model wants called. */
struct model_call {
	struct buf id, name, arguments;
};

#define MODEL_CALLS_MAX 8 /* in one turn */

/* One turn of a chat, told as it comes. */
struct model_turn {
	long ms; /* that it may take */
	/* Some of the answer; false: nobody listens any more. */
	bool (*say)(void *to, const char *text, size_t len);
	void *to;
	struct buf text; /* all of it */
	struct model_call calls[MODEL_CALLS_MAX];
	size_t ncalls;
	bool ended;  /* by the model, not by a line that went dead */
	bool silent; /* nobody listened */
};

/* Asks with a body that is all but the model's name. */
enum model_end model_chat(struct arena *, const struct model *,
    struct json_object *body, struct model_turn *);

#endif
