#ifndef QUERY_H
#define QUERY_H

#include "fcgi/http/request.h"
#include "fcgi/rest/array_update.h"
#include "lib/db/db.h"

struct json_object;
struct request;
struct resource;
struct projection;

/*
 * Each makes one statement for a resource.  Names come from the
 * descriptor, values go to params; a name the descriptor does not allow is
 * refused here, before the database hears of it.
 */

/*
 * The row as the API shows it, all of it where no projection is given, and its
 * ETag; without an id, the one just written or demanded.
 */
enum problem_code query_get(struct request *, const struct resource *,
    const struct projection *, const char *id, struct db_step *) MUST_CHECK;

/* id is of ops.new_id(); NULL: the database makes one. */
enum problem_code query_insert(struct request *, const struct resource *,
    const char *id, struct json_object *body, struct db_step *) MUST_CHECK;

/* *changes tells whether the body holds anything to write. */
enum problem_code query_update(struct request *, const struct resource *,
    const char *id, struct json_object *body, struct db_step *,
    bool *changes) MUST_CHECK;

/* Waits for others who change the row; to be run before it is read. */
void query_lock(struct request *, const struct resource *, const char *id,
    struct db_step *);

/*
 * The same, and the request fails where there is no row that the caller may
 * change; whole: to delete it.  query_check() behind it fails the request
 * unless the row has one of those ETags.
 */
enum problem_code query_demand(struct request *, const struct resource *,
    const char *id, bool whole, struct db_step *) MUST_CHECK;
void query_check(struct request *, const struct resource *, const char *tags,
    struct db_step *);

/*
 * Keeps what query_get() reads as the result of operation n of a batch, for
 * ops.results().
 */
void query_keep(struct request *, int n, enum method, struct db_step *);

/* The request fails where the row stays: a policy keeps it. */
enum problem_code query_delete(struct request *, const struct resource *,
    const char *id, struct db_step *) MUST_CHECK;

/*
 * {"id":[...]} of the query string: the ids that exist, and their rows' end.
 * Where ids are NULL it is about the rows that bulk_selection_lock() has chosen.
 */
enum problem_code query_ids(struct request *, const char **ids) MUST_CHECK;
void query_present(struct request *, const struct resource *, const char *ids,
    struct db_step *);
void query_delete_many(struct request *, const struct resource *,
    const char *ids, struct db_step *);
enum problem_code query_update_many(struct request *, const struct resource *,
    const char *ids, enum array_change, struct json_object *body,
    struct db_step *, bool *changes) MUST_CHECK;

#endif
