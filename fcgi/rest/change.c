/* Builds the steps that create, update or delete one row. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/change.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/projection.h"
#include "fcgi/rest/query.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "schema/ops/permission.h"

/*
 * Stores the body's external ids, if there are any, for the row that was
 * written or locked, and reads this row. If no row was written or locked, id
 * identifies the row.
 */
static enum problem_code
put_row(struct request *rq, const struct change *c, const char *id,
    struct db_step *steps, size_t *n, size_t *row)
{
	struct projection shown, *projection = NULL;

	if (external_ids_given(c->resource, c->body)) {
		external_ids_put(rq, c->resource, c->body,
		    c->method != METHOD_PATCH, &steps[(*n)++]);
		projection = &shown;
		projection_whole(rq, c->resource, projection);
		projection_external_ids(rq, c->resource, projection);
	}
	*row = (*n)++;
	return query_get(rq, c->resource, projection, id, &steps[*row]);
}

static enum problem_code
put_create(struct request *rq, const struct change *c, struct db_step *steps,
    size_t *n, size_t *row)
{
	enum problem_code err;

	err = query_insert(rq, c->resource, c->id, c->body, &steps[(*n)++]);
	return err != PROBLEM_NONE ? err : put_row(rq, c, NULL, steps, n, row);
}

/* Locks the row and checks If-Match. */
static enum problem_code
put_precondition(struct request *rq, const struct change *c,
    struct db_step *steps, size_t *n)
{
	enum problem_code err;

	err = query_demand(
	    rq, c->resource, c->id, c->method == METHOD_DELETE, &steps[(*n)++]);
	if (err == PROBLEM_NONE && c->tags != NULL)
		query_check(rq, c->resource, c->tags, &steps[(*n)++]);
	return err;
}

/* Reads the row as the caller sees it. *row is NULL if there is none. */
static enum problem_code
read_row(struct request *rq, const struct change *c, struct json_object **row)
{
	struct json_error error;
	struct db_step get;
	enum problem_code err;
	const char *text;

	*row = NULL;
	if ((err = query_get(rq, c->resource, NULL, c->id, &get)) !=
		PROBLEM_NONE ||
	    (err = session_read(rq, &get, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&get) != 1)
		return PROBLEM_NONE;
	text = db_text(&get, 0, 0);
	*row = json_parse(rq->arena, text, strlen(text), &error);
	return PROBLEM_NONE;
}

/* Removes members with faults if the row already has their values. */
static bool
drop_unchanged(struct request *rq, const struct change *c,
    const struct fault *f, struct json_object *row)
{
	struct json_object *was, *is;
	bool had, has, dropped = false;
	const char *name;

	for (; row != NULL && f != NULL; f = f->next) {
		name = arena_strndup(rq->arena, f->path, strcspn(f->path, "."));
		was = json_get(row, name, &had);
		is = json_get(c->body, name, &has);
		if (!had || !has || !json_object_equal(was, is))
			continue;
		json_object_object_del(c->body, name);
		dropped = true;
	}
	return dropped;
}

/*
 * Faults in values that the row already has are not reported, because clients
 * send whole rows, and a row may be older than the constraint.
 */
static enum problem_code
put_changes(struct request *rq, const struct change *c, struct db_step *update,
    bool *changes)
{
	const bool whole = c->method == METHOD_PUT;
	size_t nfiles = rq->nfiles;
	struct json_object *row;
	struct problem problem;
	enum problem_code err;

	err = query_update(
	    rq, c->resource, c->id, whole, c->body, update, changes);
	if (err == PROBLEM_NONE || rq->problem.faults == NULL)
		return err;
	problem = rq->problem;
	rq->problem = (struct problem){ 0 };
	if ((err = read_row(rq, c, &row)) == PROBLEM_NARROW)
		return err;
	if (err != PROBLEM_NONE) /* the caller may lack the permission */
		rq->authorized = false;
	if (!drop_unchanged(rq, c, problem.faults, row)) {
		rq->problem = problem;
		return problem.code;
	}
	rq->nfiles = nfiles;
	return query_update(
	    rq, c->resource, c->id, whole, c->body, update, changes);
}

/*
 * Adds the steps of an update. PUT and PATCH both leave missing members
 * unchanged. PATCH also leaves missing metadata keys unchanged. An empty change
 * is not an error. If a policy forbids the update, the row is not read back:
 * see change_missed().
 */
static enum problem_code
put_update(struct request *rq, const struct change *c, struct db_step *steps,
    size_t *n, size_t *row)
{
	const struct resource *r = c->resource;
	struct db_step update;
	enum problem_code err;
	size_t before;
	bool changes;

	err = put_changes(rq, c, &update, &changes);
	if (err == PROBLEM_NONE)
		query_hold(
		    rq, r, arena_printf(rq->arena, "{%s}", c->id), steps, n);
	before = *n;
	if (err == PROBLEM_NONE &&
	    (c->strict || c->tags != NULL || external_ids_given(r, c->body)))
		err = put_precondition(rq, c, steps, n);
	if (err == PROBLEM_NONE && r->before_update != NULL)
		err = r->before_update(rq, c->id, c->body, steps, n);
	if (err != PROBLEM_NONE)
		return err;
	if (changes)
		steps[(*n)++] = update;
	return put_row(rq, c, *n > before ? NULL : c->id, steps, n, row);
}

static enum problem_code
put_delete(struct request *rq, const struct change *c, struct db_step *steps,
    size_t *n, size_t *row)
{
	enum problem_code err = resource_check_id(rq, c->resource, c->id);

	if (err != PROBLEM_NONE)
		return err;
	query_hold(
	    rq, c->resource, arena_printf(rq->arena, "{%s}", c->id), steps, n);
	if (c->strict || c->tags != NULL)
		err = put_precondition(rq, c, steps, n);
	else
		query_lock(rq, c->resource, c->id, &steps[(*n)++]);
	if (err != PROBLEM_NONE)
		return err;
	*row = (*n)++;
	err = query_get(rq, c->resource, NULL, c->id, &steps[*row]);
	return err != PROBLEM_NONE
	    ? err
	    : query_delete(rq, c->resource, c->id, &steps[(*n)++]);
}

enum problem_code
change_put(struct request *rq, const struct change *c, struct db_step *steps,
    size_t *nsteps, size_t *row)
{
	switch (c->method) {
	case METHOD_POST:
		return put_create(rq, c, steps, nsteps, row);
	case METHOD_DELETE:
		return put_delete(rq, c, steps, nsteps, row);
	default:
		return put_update(rq, c, steps, nsteps, row);
	}
}

enum problem_code
change_missed(struct request *rq, const struct change *c)
{
	struct problem missed = rq->problem;
	struct db_step steps[2] = { ops_limits_changes(
	    rq->arena, .tenant_table = c->resource->table) };
	enum problem_code err;

	rq->problem = (struct problem){ 0 };
	err = query_get(rq, c->resource, NULL, c->id, &steps[1]);
	if (err == PROBLEM_NONE)
		err = session_read(rq, steps, 2);
	/* In the meantime, a different request may have restored the row. */
	if (err == PROBLEM_NONE && db_rows(&steps[1]) > 0 &&
	    db_bool(&steps[0], 0, 0))
		return request_refuse(rq, "role");
	rq->problem = missed;
	return missed.code;
}

enum problem_code
change_current(struct request *rq, const struct change *c)
{
	struct problem stale = rq->problem;
	enum problem_code err;
	struct db_step get;

	rq->problem = (struct problem){ 0 };
	err = query_get(rq, c->resource, NULL, c->id, &get);
	if (err != PROBLEM_NONE ||
	    (err = session_read(rq, &get, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&get) == 0)
		return request_refuse(rq, "not_found");
	rq->problem = stale;
	rq->problem.current = db_text(&get, 0, 0);
	rq->problem.etag = db_text(&get, 0, 1);
	return stale.code;
}
