/* Updates or deletes all rows that a filter or a list of ids selects. */

#include <json-c/json.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/bulk.h"
#include "fcgi/rest/bulk_selection.h"
#include "fcgi/rest/query.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "schema/crm/bulk_change.h"

const struct body_field bulk_body[] = {
	{ "filter", BODY_RECORD, 0 },
	{ "ids", BODY_LIST, 0 },
	{ "set", BODY_RECORD, 0 },
	{ "add", BODY_RECORD, 0 },
	{ "remove", BODY_RECORD, 0 },
	{ "delete", BODY_BOOLEAN, 0 },
	{ "max", BODY_WHOLE, 0 },
	{ "preview", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

/*
 * Requires the permission to update or delete the rows, and also the permission
 * to read them if there is a filter.
 */
static void
require_scopes(struct request *rq, bool deletes, bool by_filter)
{
	const struct resource *r = rq->route->resource;

	request_require_scope(rq, r->name, deletes ? "delete" : "update",
	    r->admin_verbs & VERB_BULK);
	if (by_filter)
		request_require_scope(
		    rq, r->name, "read", r->admin_verbs & VERB_LIST);
}

/* Reads {"filter":{...}}, or {"ids":[...]} as a filter by ids. */
static enum problem_code
read_filter(
    struct request *rq, struct json_object *body, struct json_object **filter)
{
	struct json_object *ids;
	bool by_filter, by_ids;

	*filter = json_get(body, "filter", &by_filter);
	ids = json_get(body, "ids", &by_ids);
	if (by_filter == by_ids)
		return request_refuse(rq, "bulk_selection", "filter");
	require_scopes(rq, json_get_bool(body, "delete", false), by_filter);
	if (!by_ids)
		return PROBLEM_NONE;
	*filter = json_object_new_object();
	json_own(rq->arena, *filter);
	json_share(*filter, "id", ids);
	return PROBLEM_NONE;
}

/* Counts the selected rows without changing them. */
static enum problem_code
preview_bulk(
    struct request *rq, struct response *rs, struct json_object *filter)
{
	enum problem_code err;
	struct bulk_selection selection;

	if ((err = bulk_selection_count(rq, filter, &selection)) !=
		PROBLEM_NONE ||
	    (err = session_read(rq, selection.steps, selection.n)) !=
		PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &selection.steps[selection.n - 1]);
}

/* Writes the change to the rows that the previous step selected. */
static enum problem_code
put_change(struct request *rq, struct json_object *body, bool deletes,
    struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	static const char *const names[] = { [ARRAY_SET] = "set",
		[ARRAY_ADD] = "add",
		[ARRAY_REMOVE] = "remove" };
	struct json_object *members = NULL, *found;
	enum array_change change = ARRAY_SET, i;
	int actions = deletes;
	enum problem_code err;
	bool present, changes;

	for (i = ARRAY_SET; i <= ARRAY_REMOVE; i++) {
		found = json_get(body, names[i], &present);
		if (!present)
			continue;
		actions++;
		change = i;
		members = found;
	}
	if (actions != 1)
		return request_refuse(rq, "bulk_action", "set");
	if (deletes && (r->verbs & VERB_DELETE) == 0)
		return request_refuse(rq, "bulk_no_delete", "delete", r->name);
	if (deletes) {
		query_delete_many(rq, r, NULL, step);
		return PROBLEM_NONE;
	}
	err = query_update_many(rq, r, NULL, change, members, step, &changes);
	if (err == PROBLEM_NONE && !changes)
		return request_refuse(
		    rq, "bulk_nothing_to_change", names[change]);
	return err;
}

/*
 * Reads max, which is required with a filter, as a safeguard against a wrong
 * filter.
 */
static enum problem_code
read_max(struct request *rq, struct json_object *body, const char **most)
{
	bool by_filter;

	*most = body_whole(body, "max");
	json_get(body, "filter", &by_filter);
	if (*most == NULL && by_filter)
		return request_refuse(rq, "bulk_max_required", "max");
	return PROBLEM_NONE;
}

/* Changing many rows may take longer than the usual timeout. */
#define SET_TIMEOUT SQL("SELECT set_config('statement_timeout', '9s', true)")

/*
 * Checks the permissions before the values. The database checks permissions in
 * an additional round trip. For many rows, this is worthwhile.
 */
static enum problem_code
check_permission(struct request *rq)
{
	struct db_step none = { .result = NULL };

	return session_read(rq, &none, 0);
}

enum problem_code
resource_bulk(struct request *rq, struct response *rs)
{
	struct db_step steps[BULK_SELECTION_STEPS + 3] = {
		{ .sql = SET_TIMEOUT }
	};
	struct json_object *body, *filter;
	struct bulk_selection selection;
	enum problem_code err;
	const char *most;
	bool deletes;
	size_t n = 1, i;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_filter(rq, body, &filter)) != PROBLEM_NONE)
		return err;
	if (json_get_bool(body, "preview", false))
		return preview_bulk(rq, rs, filter);
	deletes = json_get_bool(body, "delete", false);
	if ((err = check_permission(rq)) != PROBLEM_NONE ||
	    (err = read_max(rq, body, &most)) != PROBLEM_NONE ||
	    (err = bulk_selection_lock(rq, filter,
		 deletes ? "delete" : "update", most, &selection)) !=
		PROBLEM_NONE)
		return err;
	for (i = 0; i < selection.n; i++)
		steps[n++] = selection.steps[i];
	if ((err = put_change(rq, body, deletes, &steps[n++])) != PROBLEM_NONE)
		return err;
	steps[n++] = crm_end_bulk(rq->arena);
	steps[n - 1].answer = true;
	if ((err = session_write(rq, steps, n)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[n - 1]);
}
