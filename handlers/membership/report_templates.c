/* The report_templates resource: exports with specific columns and filters. */
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/db/db.h"
#include "schema/membership/report_template.h"

static action_fn run_template;
static enum problem_code check_template(
    struct request *rq, const char *id, struct json_object *body);

static const struct query_param run_params[] = {
	{ "format", PARAM_TEXT, "the format (default: csv)",
	    PARAM_WORDS("csv", "ndjson") },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/report_templates/{id}/run", run_template,
	    SESSION_ORGANIZATION, .status = 302, .params = run_params,
	    .summary =
		"Redirect to the export that a report template defines" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "report_templates", .check = check_template },
	{ .resource = NULL },
};

const struct module report_templates_module = {
	.name = "report_templates",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

/* Checks the columns. The database refuses columns that are not a list. */
static enum problem_code
check_columns(
    struct request *rq, const struct resource *r, struct json_object *columns)
{
	struct json_object *e;
	const char *name;
	size_t i;

	if (!json_object_is_type(columns, json_type_array))
		return PROBLEM_NONE;
	for (i = 0; i < json_object_array_length(columns); i++) {
		e = json_object_array_get_idx(columns, i);
		name = json_object_is_type(e, json_type_string)
		    ? json_object_get_string(e)
		    : "";
		if (!export_has_column(r, name))
			request_fault(rq, "no_such_column",
			    arena_printf(rq->arena, "columns.%zu", i), r->name,
			    name, export_known_columns(rq, r, name));
	}
	return rq->problem.code;
}

/*
 * Checks columns and filters against their resource. An update of several
 * templates does not name the resource, so the export checks the columns.
 */
static enum problem_code
check_template(struct request *rq, const char *id, struct json_object *body)
{
	const char *name = json_get_text(body, "resource");
	bool present;
	struct json_object *columns = json_get(body, "columns", &present);
	const struct resource *r;
	struct db_step step;
	enum problem_code err;

	if (id != NULL && (name == NULL) != (columns == NULL)) {
		step = membership_open_report(rq->arena, .template = id);
		err = saved_view_complete(rq, &step, OPEN_REPORT_RESOURCE,
		    OPEN_REPORT_COLUMNS, &name, &columns);
		if (err != PROBLEM_NONE)
			return err;
	}
	if (name == NULL)
		return PROBLEM_NONE;
	if ((r = resource_named(rq, name)) == NULL)
		return request_refuse(rq, "not_a_resource", "resource");
	if ((err = check_columns(rq, r, columns)) != PROBLEM_NONE)
		return err;
	return json_get_text(body, "resource") == NULL
	    ? PROBLEM_NONE
	    : saved_view_check(rq, NULL, body);
}

/* Appends a parameter to the URL if the parameter has a value. */
static const char *
with(struct request *rq, const char *url, const char *name, const char *value)
{
	return value == NULL ? url
			     : arena_printf(rq->arena, "%s&%s=%s", url, name,
				   url_encode(rq->arena, value));
}

/* Redirects to the export, which checks the caller's permissions. */
static enum problem_code
run_template(struct request *rq, struct response *rs)
{
	struct db_step t =
	    membership_open_report(rq->arena, .template = rq->id);
	enum problem_code err;
	const char *url;

	if (!param_allowed(rq, "format"))
		return param_refuse(rq, PROBLEM_MALFORMED, "format");
	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = session_read(rq, &t, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&t) != 1)
		return request_refuse(rq, "not_found");
	url = arena_printf(rq->arena, "/api/%s/export?format=%s",
	    db_text(&t, 0, OPEN_REPORT_RESOURCE),
	    param_text(rq, "format") != NULL ? param_text(rq, "format")
					     : "csv");
	url = with(rq, url, "filter", db_text(&t, 0, OPEN_REPORT_FILTERS));
	url = with(rq, url, "sort", db_text(&t, 0, OPEN_REPORT_SORT));
	url = with(rq, url, "fields", db_text(&t, 0, OPEN_REPORT_COLUMNS));
	url = with(rq, url, "orgId", param_text(rq, "orgId"));
	response_redirect(rs, rq, url);
	return PROBLEM_NONE;
}
