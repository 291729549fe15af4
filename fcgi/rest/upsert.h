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

#define UPSERT_MAX 100 /* maximum number of rows in a request */

/*
 * The member that identifies a row: its ID in another system, a unique field,
 * a field that a setting makes unique, or a unique custom field.
 */
struct match {
	const char *name;   /* "external_ids.erp", "custom.code" */
	const char *source; /* the source of external IDs, or NULL */
	const struct unique_field *field; /* or NULL */
	const char *setting; /* the setting that makes it unique, or NULL */
};

/* The row that was found. */
struct found {
	const char *id;         /* NULL: no row */
	const char *updated_at; /* the time in the format of rows */
	/*
	 * The value of the body as the index compares it; NULL: external ids.
	 * With a setting, there can be several, each on a line.
	 */
	const char *form;
};

/*
 * Reads "external_ids.erp", the name of a field whose values are or can be
 * unique, or "custom.code". match_find() checks the last two. Refuses NULL.
 */
enum problem_code match_read(struct request *, const struct resource *,
    const char *text, struct match *) MUST_CHECK;

/* Adds the step that finds the row for a body. */
enum problem_code match_find(struct request *, const struct resource *,
    const struct match *, struct json_object *body,
    struct db_step *) MUST_CHECK;

/*
 * Reads the result of the step. Refuses more than one row, and a value that the
 * custom field cannot have.
 */
enum problem_code match_found(
    struct request *, const struct db_step *, struct found *) MUST_CHECK;

/*
 * Adds the faults of the other members to the problem that match_find() or
 * match_found() returned. Whether the row exists is unknown, so missing members
 * do not count as faults.
 */
enum problem_code match_faults(struct request *, const struct resource *,
    struct json_object *body) MUST_CHECK;

/*
 * Checks types, lengths and unknown members, for which no query is needed. No
 * member is required.
 */
enum problem_code match_check(struct request *, const struct resource *,
    struct json_object *body) MUST_CHECK;

/* Returns the value of the member that identifies the row, or NULL. */
struct json_object *match_value(const struct match *, struct json_object *body);

/* Returns true if the bodies have a common external ID. */
bool match_shared(
    const struct match *, struct json_object *, struct json_object *);

/*
 * Returns true if both texts, each with one value per line, have a value in
 * common.
 */
bool match_forms_meet(const char *one, const char *other);

/*
 * Returns true if a different request may have written or deleted a row since
 * the search, so that a retry can help.
 */
bool match_missed(enum problem_code);

extern const struct query_param upsert_params[];

/*
 * Creates the row in the body, or updates the matching row. The body can also
 * be a list, which gets a separate result for each row.
 */
enum problem_code resource_upsert(
    struct request *, struct response *) MUST_CHECK;

#endif
