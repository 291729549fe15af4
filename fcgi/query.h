#ifndef QUERY_H
#define QUERY_H

#include "db.h"

struct json_object;
struct request;

/*
 * Each makes one statement for the request's resource.  Names come from the
 * descriptor, values go to params; a name the descriptor does not allow is
 * refused here, before the database hears of it.
 */

/* The row as the API shows it; without an id, the one just written. */
enum problem_code query_get(
    struct request *, const char *id, struct db_step *) MUST_CHECK;

enum problem_code query_insert(
    struct request *, struct json_object *body, struct db_step *) MUST_CHECK;

/* *changes tells whether the body holds anything to write. */
enum problem_code query_update(struct request *, const char *id,
    struct json_object *body, struct db_step *, bool *changes) MUST_CHECK;

/* Waits for others who change the row; to be run before it is read. */
void query_lock(struct request *, const char *id, struct db_step *);

enum problem_code query_delete(
    struct request *, const char *id, struct db_step *) MUST_CHECK;

/* {"id":[...]} of the query string: the ids that exist, and their rows' end. */
enum problem_code query_ids(struct request *, const char **ids) MUST_CHECK;
void query_present(struct request *, const char *ids, struct db_step *);
void query_delete_many(struct request *, const char *ids, struct db_step *);
enum problem_code query_update_many(struct request *, const char *ids,
    struct json_object *body, struct db_step *, bool *changes) MUST_CHECK;

#endif
