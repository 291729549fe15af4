#ifndef LLM_CLIENT_H
#define LLM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct config;
struct json_object;

/*
 * A client of the OpenAI API at TENANTRY_ASSISTANT_URL: /embeddings and
 * /chat/completions. It connects over HTTPS, and only to public addresses,
 * unless TENANTRY_PRIVATE_ASSISTANT is on.
 */
struct llm_client {
	const struct config *config;
	const char *key; /* API key, or NULL */
};

enum llm_status {
	LLM_ANSWERED,
	LLM_REFUSED, /* the request is invalid: a retry would fail too */
	LLM_NO_KEY,  /* the API key is missing or invalid */
	LLM_AWAY,    /* unreachable, overloaded, or a malformed response */
};

#define LLM_TEXTS_MAX 64 /* maximum number of texts per llm_embed() call */

/*
 * Embeds n texts with a timeout of ms milliseconds. *vectors is a JSON array
 * with an array of numbers for each text, in the order of the texts.
 */
enum llm_status llm_embed(struct arena *, const struct llm_client *,
    const char *const *texts, size_t n, long ms, const char **vectors);

/*
 * Returns true for a JSON array of finite numbers with *dimensions elements.
 * Sets *dimensions if it is 0.
 */
bool llm_vector(struct json_object *, size_t *dimensions);

/* A tool call that the model requests. */
struct llm_call {
	struct buf id, name, arguments;
};

#define LLM_CALLS_MAX 8 /* calls in one turn */

/* One turn of a chat, streamed to the caller. */
struct llm_turn {
	long ms; /* timeout */
	/*
	 * Receives a part of the text. Returns false if the client has
	 * disconnected.
	 */
	bool (*say)(void *to, const char *text, size_t len);
	void *to;
	struct buf text; /* the whole text so far */
	struct llm_call calls[LLM_CALLS_MAX];
	size_t ncalls;
	bool ended;  /* the model finished, and the connection did not break */
	bool silent; /* say() has returned false */
};

/* Runs one turn. body is the request without the members model and stream. */
enum llm_status llm_chat(struct arena *, const struct llm_client *,
    struct json_object *body, struct llm_turn *);

#endif
