#ifndef ASSISTANT_H
#define ASSISTANT_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct llm_client;
struct request;

/* What is shared by the handlers of the assistant. */

#define ASSISTANT_TEXT_MAX 4000 /* bytes of what is searched for */

/* What rows are looked for. */
struct search {
	const char *text;   /* or NULL with a vector */
	const char *vector; /* of the caller's making, as an array, or NULL */
	const char *model;  /* that made it */
	const char *threshold; /* least likeness */
	const char *most;      /* rows */
	const char *resources; /* as an array, or NULL: all */
};

/* Says that the request is about the assistant and the rows it may show. */
void assistant_rights(struct request *, bool writes);

/* With the caller's key, else the organization's, else the instance's. */
enum problem_code assistant_model(
    struct request *, struct llm_client *) MUST_CHECK;

/*
 * The rows of the caller's that fit, {"via":...,"results":[...]}.  The text
 * is embedded if that can be done, else its words are looked for.
 */
enum problem_code assistant_find(
    struct request *, const struct search *, const char **found) MUST_CHECK;

/*
 * Some of the words that name resources, from a JSON array, as an array of
 * Postgres; refused when there is none of that name.
 */
enum problem_code assistant_resources(
    struct request *, struct json_object *names, const char **array) MUST_CHECK;

/* The tools, in the manner of OpenAI's; those that write on demand. */
struct json_object *assistant_tools(struct request *, bool writes);

/*
 * What a tool answers, called by name with arguments that are JSON, as the
 * caller and within the caller's organization.  One that writes does nothing
 * but keep what it would do, for its author to confirm: *proposed.
 */
enum problem_code assistant_call(struct request *, const char *tool,
    const char *arguments, bool writes, const char **result,
    bool *proposed) MUST_CHECK;

#endif
