#ifndef UPSERT_H
#define UPSERT_H

#include <stdbool.h>

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;
struct resource;
struct response;
struct unique_field;

#define UPSERT_MAX 100 /* rows of one request */

/* What tells whether a row exists: its id in another system, or a field. */
struct match {
	const char *source;               /* of external ids, or NULL */
	const struct unique_field *field; /* or NULL */
};

/* Where a row was found. */
struct found {
	const char *id;         /* NULL: there is none */
	const char *updated_at; /* as rows have it */
};

/* Reads "external_ids.erp" or the name of a unique field; NULL is refused. */
enum problem_code match_read(struct request *, const struct resource *,
    const char *text, struct match *) MUST_CHECK;

/* Makes the step that finds the row which a body is about. */
enum problem_code match_find(struct request *, const struct resource *,
    const struct match *, struct json_object *body,
    struct db_step *) MUST_CHECK;

/* The result of the step; refuses several rows. */
enum problem_code match_found(
    struct request *, const struct db_step *, struct found *) MUST_CHECK;

/*
 * True if another request may have written or deleted a row since it was
 * looked for, so that to look again can help.
 */
bool match_missed(enum problem_code);

extern const struct query_param upsert_params[];

/*
 * Creates the row of the body, or updates the one that it matches; or each row
 * of a list, with its own result.
 */
enum problem_code resource_upsert(
    struct request *, struct response *) MUST_CHECK;

#endif
