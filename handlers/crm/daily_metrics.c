/* Daily metrics: one record per day, and their recomputation. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "schema/crm/metrics.h"

#define LIST_SUMMARY  "List the metrics of each day"
#define COUNT_SUMMARY "Recompute the metrics of the last days"

static action_fn list_metrics, recompute_metrics;

static const struct body_field recompute_body[] = {
	{ "days", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct query_param metrics_params[] = {
	LIST_PARAMS,
	{ "days", PARAM_WHOLE,
	    "the number of days up to today, on one page, from 1 to 400",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/daily_metrics", list_metrics, SESSION_ORGANIZATION,
	    .params = metrics_params, .summary = LIST_SUMMARY,
	    .of = "daily_metrics" },
	{ METHOD_GET, "/api/crm/metrics", list_metrics, SESSION_ORGANIZATION,
	    .params = metrics_params, .summary = LIST_SUMMARY,
	    .of = "daily_metrics" },
	{ METHOD_POST, "/api/daily_metrics/recompute", recompute_metrics,
	    SESSION_ADMIN, ROUTE_BODY, .body = recompute_body,
	    .summary = COUNT_SUMMARY, .returns = "Recomputed" },
	{ METHOD_POST, "/api/crm/metrics/recompute", recompute_metrics,
	    SESSION_ADMIN, ROUTE_BODY, .body = recompute_body,
	    .summary = COUNT_SUMMARY, .returns = "Recomputed" },
	{ .action = NULL },
};

const struct module daily_metrics_module = {
	.name = "daily_metrics",
	.routes = routes,
};

#define DAYS_MAX 400

/* Reads a number of days. Sets *days to 0 if the number is missing. */
static enum problem_code
take_days(struct request *rq, const char *text, long *days)
{
	*days = 0;
	if (text == NULL)
		return PROBLEM_NONE;
	if (value_text_fits(VALUE_SMALLINT, text))
		*days = strtol(text, NULL, 10);
	if (*days < 1 || *days > DAYS_MAX)
		return request_refuse(
		    rq, "number_from_1", "days", request_number(rq, DAYS_MAX));
	return PROBLEM_NONE;
}

/* Lists metrics. days=30 selects the last 30 days up to today, on one page. */
static enum problem_code
list_metrics(struct request *rq, struct response *rs)
{
	struct json_object *filter;
	enum problem_code err;
	long days;

	if ((err = take_days(rq, param_text(rq, "days"), &days)) !=
		PROBLEM_NONE ||
	    (err = param_json(rq, "filter", &filter)) != PROBLEM_NONE)
		return err;
	if (days == 0)
		return resource_list(rq, rs);
	if (filter == NULL) {
		filter = json_object_new_object();
		json_own(rq->arena, filter);
	}
	json_object_object_add(
	    filter, "days_ago@lt", json_object_new_int64(days));
	param_put(rq, "filter", json_text(filter));
	if (param_text(rq, "range") == NULL)
		param_put(
		    rq, "range", arena_printf(rq->arena, "[0,%ld]", days - 1));
	return resource_list(rq, rs);
}

static enum problem_code
recompute_metrics(struct request *rq, struct response *rs)
{
	struct db_step steps[2] = {
		{ .sql = SQL("SELECT set_config('statement_timeout', '9s', "
			     "true)") },
	};
	struct json_object *body;
	enum problem_code err;
	long days;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = take_days(rq, body_whole(body, "days"), &days)) !=
		PROBLEM_NONE)
		return err;
	steps[1] = crm_recompute_metrics(rq->arena,
	    .days = arena_printf(rq->arena, "%ld", days > 0 ? days : 30));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}
