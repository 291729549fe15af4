#ifndef REFUSAL_H
#define REFUSAL_H

#include <stddef.h>

#include "lib/base/problem.h"

struct arena;

/*
 * An API refusal, as schema/refusals/ describes it. The build writes the table
 * from the same files that "tenantry schema up" installs, so workers know the
 * texts even without the database.
 */
struct refusal {
	const char *code;
	int status;
	const char *states; /* SQLSTATEs of the refusal: "22003 22008", or "" */
	const char *kind;   /* the slug, if several kinds have this status */
	const char *type;   /* replaces the slug in "type", or NULL */
	const char *said; /* Postgres's message for these SQLSTATEs, or NULL */
	const char *en, *fr;
	const char *cause;
	const char *remedy;
};

/* Returns the nth refusal by code, or NULL after the last one. */
const struct refusal *refusal_at(size_t n);

/* Returns the refusal with this code, or NULL. */
const struct refusal *refusal_find(const char *code);

/* Returns the refusal that corresponds to a Postgres error, or NULL. */
const struct refusal *refusal_of_state(const char *state, const char *text);

/* Returns the text, in which the arguments replace {1}, {2} and so on. */
const char *refusal_text(struct arena *, const char *text,
    const char *const *arguments, size_t count);

/*
 * These functions return the problem code of a refusal and the last part of its
 * "type".
 */
enum problem_code refusal_problem(const struct refusal *);
const char *refusal_type(const struct refusal *);

#endif
