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

/*
 * The member that identifies a row: its ID in another system, or a unique
 * field.
 */
struct match {
	const char *source;               /* of external ids, or NULL */
	const struct unique_field *field; /* or NULL */
};

/* The place in which a row was found. */
struct found {
	const char *id;         /* NULL: there is none */
	const char *updated_at; /* as rows have it */
};

/* Reads "external_ids.erp" or the name of a unique field; NULL is refused. */
enum problem_code match_read(struct request *, const struct resource *,
    const char *text, struct match *) MUST_CHECK;

/* Adds the step that finds the row of a body. */
enum problem_code match_find(struct request *, const struct resource *,
    const struct match *, struct json_object *body,
    struct db_step *) MUST_CHECK;

/* The result of the step; refuses several rows. */
enum problem_code match_found(
    struct request *, const struct db_step *, struct found *) MUST_CHECK;

/*
 * True if another request may have written or deleted a row since the search,
 * so that a retry can help.
 */
bool match_missed(enum problem_code);

extern const struct query_param upsert_params[];

/*
 * Creates the row of the body, or updates the matching row; or each row of a
 * list, with its own result.
 */
enum problem_code resource_upsert(
    struct request *, struct response *) MUST_CHECK;

#endif
