#ifndef ASSISTANT_H
#define ASSISTANT_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct llm_client;
struct request;

/* Functions that the assistant's handlers share. */

#define ASSISTANT_TEXT_MAX 4000 /* maximum number of bytes in a search text */

/* A search for rows. */
struct search {
	const char *text;      /* NULL if there is only a vector */
	const char *vector;    /* an embedding, or NULL */
	const char *model;     /* the model that computed the vector */
	const char *threshold; /* minimum similarity */
	const char *most;      /* maximum number of rows */
	const char *resources; /* resource names as an array; NULL: all */
};

/* Requires the scopes of the assistant and of the rows that it can show. */
void assistant_rights(struct request *, bool writes);

/*
 * Opens the client with the key of the user, of the organization or of the
 * installation, in this order.
 */
enum problem_code assistant_model(
    struct request *, struct llm_client *) MUST_CHECK;

/*
 * Finds the caller's rows: {"via":...,"results":[...]}. Searches by embedding
 * if a model is configured, and otherwise by words.
 */
enum problem_code assistant_find(
    struct request *, const struct search *, const char **found) MUST_CHECK;

/*
 * Converts a JSON array of resource names to a Postgres array. Refuses unknown
 * names.
 */
enum problem_code assistant_resources(
    struct request *, struct json_object *names, const char **array) MUST_CHECK;

/*
 * Returns the tools in OpenAI's format. Tools that write are included only if
 * writes is true.
 */
struct json_object *assistant_tools(struct request *, bool writes);

/*
 * Calls a tool by name with JSON arguments, as the caller and in the caller's
 * organization. A tool that writes does not write directly. It stores a
 * proposal, which the user must confirm, and sets *proposed.
 */
enum problem_code assistant_call(struct request *, const char *name,
    const char *arguments, bool writes, const char **result,
    bool *proposed) MUST_CHECK;

#endif
