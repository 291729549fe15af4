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
 * Each function builds one statement for a resource. Names come from the
 * descriptor, and values become parameters. Unknown names are refused without a
 * database query.
 */

/*
 * Reads a row and its ETag. Reads all columns if the projection is NULL. If id
 * is NULL, the row is the one that an earlier step wrote or locked.
 */
enum problem_code query_get(struct request *, const struct resource *,
    struct projection *, const char *id, struct db_step *) MUST_CHECK;

/* Inserts a row. id comes from ops.new_id(), or is NULL for the default. */
enum problem_code query_insert(struct request *, const struct resource *,
    const char *id, struct json_object *body, struct db_step *) MUST_CHECK;

/*
 * Updates a row. If whole is true, the body's metadata replaces the row's
 * metadata. Otherwise, the keys of both are merged. *changes is false if the
 * body contains nothing to write.
 */
enum problem_code query_update(struct request *, const struct resource *,
    const char *id, bool whole, struct json_object *body, struct db_step *,
    bool *changes) MUST_CHECK;

/*
 * Adds the resource's step that locks the rows that triggers write, if the
 * resource has such a step. Run it before locking the rows themselves. ids is
 * an array literal, "{1,2}".
 */
void query_hold(struct request *, const struct resource *, const char *ids,
    struct db_step *steps, size_t *nsteps);

/*
 * Locks the rows with these IDs, an array literal, in the order of the IDs. If
 * whole is true, takes the lock for a deletion, which also blocks new
 * references.
 */
void query_lock_many(struct request *, const struct resource *, const char *ids,
    bool whole, struct db_step *);

/* Locks a row if it exists. Run it before reading the row. */
void query_lock(struct request *, const struct resource *, const char *id,
    struct db_step *);

/*
 * query_demand() locks a row and fails if the caller cannot change it. If whole
 * is true, it takes the lock for a deletion. query_check() must follow, and
 * fails unless the row has one of the ETags.
 */
enum problem_code query_demand(struct request *, const struct resource *,
    const char *id, bool whole, struct db_step *) MUST_CHECK;
void query_check(struct request *, const struct resource *, const char *tags,
    struct db_step *);

/*
 * Stores the result of query_get() as that of operation n, for ops.results().
 */
void query_keep(struct request *, int n, enum method, struct db_step *);

/* Deletes a row. Fails if a policy prevents the deletion. */
enum problem_code query_delete(struct request *, const struct resource *,
    const char *id, struct db_step *) MUST_CHECK;

/*
 * These functions build statements for many rows. query_ids() reads
 * {"id":[...]} in the filter parameter as an array literal. query_present()
 * locks the rows and returns the ids that exist. For the other functions, ids
 * may be NULL, which stands for the rows that bulk_selection_lock() selected.
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
