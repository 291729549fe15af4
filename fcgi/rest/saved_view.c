/*
 * Applies saved views to list parameters, and checks views before they are
 * stored.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/fault_prefix.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/relation.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"
#include "schema/crm/view.h"

enum problem_code
saved_view_apply(struct request *rq)
{
	const char *view = param_text(rq, "view"), *sort;
	struct db_step step;
	struct json_object *given;
	enum problem_code err;
	const char *filter;

	if (view == NULL)
		return PROBLEM_NONE;
	if (!value_text_fits(VALUE_BIGINT, view))
		return request_refuse(rq, "not_a_view", "view");
	err = param_json(rq, "filter", &given);
	if (err != PROBLEM_NONE)
		return err;
	step = crm_open_view(
	    rq->arena, .view_id = view, .resource = rq->route->resource->name);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	filter = db_text(&step, 0, OPEN_VIEW_FILTERS);
	sort = db_text(&step, 0, OPEN_VIEW_SORT);
	if (given != NULL)
		filter = arena_printf(
		    rq->arena, "{\"@and\":[%s,%s]}", filter, json_text(given));
	param_put(rq, "filter", filter);
	if (param_text(rq, "sort") == NULL && sort != NULL)
		param_put(rq, "sort", sort);
	return PROBLEM_NONE;
}

static struct fault_prefix
prefix_of(struct request *rq, const void *of, const char *member)
{
	(void)rq;
	(void)of;
	(void)member;
	return (struct fault_prefix){ "filters.", "filters." };
}

/* Refuses a filter. Each fault has the path of its condition. */
static enum problem_code
refuse_filter(struct request *rq, struct json_object *filter)
{
	struct problem *p = &rq->problem;
	bool present = false;

	if (p->field != NULL)
		(void)json_get(filter, p->field, &present);
	if (!present)
		return request_fail_field(
		    rq, PROBLEM_INVALID, "filters", "%s", p->detail);
	fault_prefix_put(rq, prefix_of, NULL);
	return p->code = PROBLEM_INVALID;
}

/*
 * Parses a filter in the same way as the resource's list does. To read the
 * definitions of custom fields, the caller needs only the list's permission.
 */
static enum problem_code
check_filter(struct request *rq, const struct resource *target,
    struct json_object *filter)
{
	struct required_scope *scopes = rq->scopes;
	size_t nscopes = rq->nscopes;
	const struct route *was;
	enum problem_code err;
	struct db_step search;
	struct statement s;

	was = relation_enter(rq, target);
	request_require_scope(
	    rq, target->name, "read", target->admin_verbs & VERB_LIST);
	statement_init(&s, rq->arena);
	err = filter_put(rq, &s, filter, &search);
	rq->route = was;
	rq->scopes =
	    scopes; /* the list requires permissions, and this function does not */
	rq->nscopes = nscopes;
	return err == PROBLEM_MALFORMED || err == PROBLEM_INVALID
	    ? refuse_filter(rq, filter)
	    : err;
}

enum problem_code
saved_view_complete(struct request *rq, struct db_step *step, int resource,
    int member, const char **name, struct json_object **value)
{
	struct json_error error;
	enum problem_code err;
	const char *text;

	if ((err = session_read(rq, step, 1)) != PROBLEM_NONE ||
	    db_rows(step) != 1)
		return err;
	text = db_text(step, 0, member);
	if (*name == NULL)
		*name = db_text(step, 0, resource);
	if (*value == NULL && text != NULL)
		*value = json_parse(rq->arena, text, strlen(text), &error);
	return PROBLEM_NONE;
}

enum problem_code
saved_view_check(struct request *rq, const char *id, struct json_object *body)
{
	bool present;
	struct json_object *filter = json_get(body, "filters", &present);
	const char *name = json_get_text(body, "resource");
	const struct resource *target;
	struct db_step step;
	enum problem_code err;

	if (filter == NULL && name == NULL)
		return PROBLEM_NONE;
	if (id != NULL && (filter == NULL || name == NULL)) {
		step = crm_stored_view(rq->arena, .view_id = id);
		err = saved_view_complete(rq, &step, STORED_VIEW_RESOURCE,
		    STORED_VIEW_FILTERS, &name, &filter);
		if (err != PROBLEM_NONE)
			return err;
	}
	target = name != NULL ? resource_named(rq, name) : NULL;
	if (id == NULL && filter != NULL && name == NULL)
		return request_refuse(rq, "resource_of_filters", "resource");
	/*
	 * The database refuses names that are neither a resource nor an object.
	 */
	if (target == NULL || !json_object_is_type(filter, json_type_object))
		return PROBLEM_NONE;
	return check_filter(rq, target, filter);
}
