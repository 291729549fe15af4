/* Updates or deletes all rows that a filter or a list of ids selects. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/archived.h"
#include "fcgi/rest/bulk.h"
#include "fcgi/rest/bulk_selection.h"
#include "fcgi/rest/fault_prefix.h"
#include "fcgi/rest/fault_search.h"
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

/*
 * Reads {"filter":{...}}, which omits the rows that a list omits, or
 * {"ids":[...]} as a filter by ids.
 */
static enum problem_code
read_filter(
    struct request *rq, struct json_object *body, struct json_object **filter)
{
	struct json_object *given, *ids;
	bool by_filter, by_ids;

	*filter = NULL;
	given = json_get(body, "filter", &by_filter);
	ids = json_get(body, "ids", &by_ids);
	require_scopes(rq, json_get_bool(body, "delete", false), by_filter);
	if (by_filter == by_ids)
		return request_refuse(rq, "bulk_selection", "filter");
	if (!by_ids) {
		if (given != NULL)
			*filter = archived_omit_rows(rq, given);
		return PROBLEM_NONE;
	}
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

static const char *const names[] = {
	[ARRAY_SET] = "set", [ARRAY_ADD] = "add", [ARRAY_REMOVE] = "remove"
};

/* Returns the prefix for the path of a condition, such as "filter.sector". */
static struct fault_prefix
prefix_in_filter(struct request *rq, const void *body, const char *member)
{
	bool present;

	(void)rq;
	(void)json_get(json_get(body, "filter", &present), member, &present);
	return present ? (struct fault_prefix){ "filter.", "filter." }
		       : (struct fault_prefix){ "", "" };
}

/* The member website of set is at the path "set.website". */
static struct fault_prefix
prefix_in_change(struct request *rq, const void *body, const char *member)
{
	struct json_object *members;
	enum array_change i;
	const char *prefix;
	bool present;

	member = arena_strndup(rq->arena, member, strcspn(member, "."));
	for (i = ARRAY_SET; i <= ARRAY_REMOVE; i++) {
		members = json_get(body, names[i], &present);
		if (!json_object_is_type(members, json_type_object))
			continue;
		(void)json_get(members, member, &present);
		prefix = arena_printf(rq->arena, "%s.", names[i]);
		if (present)
			return (struct fault_prefix){ prefix, prefix };
	}
	return (struct fault_prefix){ "", "" };
}

/* Removes the part of a path such as "tags.0" that follows the member. */
static void
cut_path(struct request *rq, const char **path, const char **detail)
{
	const int len = (int)strcspn(*path, ".");

	*detail = arena_printf(
	    rq->arena, "%.*s%s", len, *path, *detail + strlen(*path));
	*path = arena_strndup(rq->arena, *path, (size_t)len);
}

/*
 * The database numbers the elements of the row's list. The elements in the body
 * have different numbers.
 */
static void
cut_paths(struct request *rq, struct json_object *body)
{
	struct problem *p = &rq->problem;
	struct fault *f;
	bool present;

	(void)json_get(body, names[ARRAY_SET], &present);
	if (present)
		return;
	for (f = p->faults; f != NULL; f = f->next)
		cut_path(rq, &f->path, &f->detail);
	if (p->field != NULL && p->detail != NULL)
		cut_path(rq, &p->field, &p->detail);
}

/* Replaces the names of members in the problem with their paths. */
static enum problem_code
locate_faults(
    struct request *rq, struct json_object *body, fault_prefix_fn *prefix_of)
{
	fault_prefix_put(rq, prefix_of, body);
	return rq->problem.code;
}

/* Writes the change to the rows that the previous step selected. */
static enum problem_code
put_change(struct request *rq, struct json_object *body, bool deletes,
    struct db_step *step)
{
	const struct resource *r = rq->route->resource;
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
		return rq->trial ? PROBLEM_TRIED
				 : request_refuse(rq, "bulk_nothing_to_change",
				       names[change]);
	return err != PROBLEM_NONE ? locate_faults(rq, body, prefix_in_change)
				   : err;
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

/* The faults of all parts of the body. */
struct faults {
	struct problem first;
	struct fault *list, **end;
	bool failed; /* "first" concerns no member of the body */
};

/*
 * Records the faults of a part, if there are any, and continues with the other
 * parts.
 */
static void
note_faults(struct request *rq, struct faults *all, enum problem_code err)
{
	if (err == PROBLEM_NONE || err == PROBLEM_TRIED || all->failed)
		return;
	all->failed = request_faults(rq) == NULL;
	if (all->list == NULL || all->failed)
		all->first = rq->problem;
	*all->end = request_faults(rq);
	while (*all->end != NULL)
		all->end = &(*all->end)->next;
	rq->problem = (struct problem){ 0 };
}

static bool
is_refused(const struct faults *all)
{
	return all->list != NULL || all->failed;
}

static enum problem_code
refuse_faults(struct request *rq, const struct faults *all)
{
	rq->problem = all->first;
	if (!all->failed && all->list->next != NULL)
		rq->problem.faults = all->list;
	return rq->problem.code;
}

/* Adds the steps that select and lock the rows. */
static void
put_selection(struct request *rq, struct json_object *body,
    struct json_object *filter, struct db_step *steps, size_t *n,
    struct faults *all)
{
	bool deletes = json_get_bool(body, "delete", false);
	struct bulk_selection selection = { .n = 0 };
	const char *most;
	size_t i;

	note_faults(rq, all, read_max(rq, body, &most));
	if (filter != NULL)
		note_faults(rq, all,
		    bulk_selection_lock(rq, filter,
			deletes ? "delete" : "update", most,
			&selection) != PROBLEM_NONE
			? locate_faults(rq, body, prefix_in_filter)
			: PROBLEM_NONE);
	for (i = 0; i < selection.n; i++)
		steps[(*n)++] = selection.steps[i];
}

enum problem_code
resource_bulk(struct request *rq, struct response *rs)
{
	struct db_step steps[BULK_SELECTION_STEPS + 3] = {
		{ .sql = SET_TIMEOUT }
	};
	struct json_object *body, *filter;
	struct faults all = { .end = &all.list };
	enum problem_code err;
	bool deletes;
	size_t n = 1;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	note_faults(rq, &all, read_filter(rq, body, &filter));
	if (json_get_bool(body, "preview", false))
		return is_refused(&all) ? refuse_faults(rq, &all)
					: preview_bulk(rq, rs, filter);
	deletes = json_get_bool(body, "delete", false);
	if ((err = check_permission(rq)) != PROBLEM_NONE)
		return err;
	put_selection(rq, body, filter, steps, &n, &all);
	err = put_change(rq, body, deletes, &steps[n++]);
	note_faults(rq, &all, err);
	if (is_refused(&all))
		return refuse_faults(rq, &all);
	if (err != PROBLEM_NONE)
		return err;
	steps[n++] = crm_end_bulk(rq->arena);
	steps[n - 1].answer = true;
	if ((err = session_write(rq, steps, n)) != PROBLEM_NONE) {
		cut_paths(rq, body);
		return locate_faults(rq, body, prefix_in_change);
	}
	return response_row(rq, rs, 200, &steps[n - 1]);
}
