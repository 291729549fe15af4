/*
 * Cost calculations, which are immutable, and the rates on which they are
 * based.
 */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/json.h"
#include "schema/factory/cost.h"

static action_fn preview_costs;

static const struct body_field preview_fields[] = {
	{ "scenarios", BODY_LIST, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/cost_calculations/preview", preview_costs,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_HEAVY, .asks = "create",
	    .body = preview_fields,
	    .takes = "{scenarios:[{name?:string,inputs?:CostInputs,priced_on?:"
		     "date,id?:id}]}",
	    .summary = "Preview costs without storing them",
	    .returns = "[{name:string?,rates:object,result:CostResult,"
		       "difference:number?,difference_percent:number?}]" },
	{ .action = NULL },
};

const struct module costs_module = {
	.name = "costs",
	.org_module = "factory",
	.routes = routes,
};

/* Runs a read-only transaction, because a preview stores nothing. */
static enum problem_code
preview_costs(struct request *rq, struct response *rs)
{
	struct json_object *body, *scenarios;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	scenarios = json_get(body, "scenarios", &present);
	return answer_read(rq, rs,
	    factory_app_preview_costs(
		rq->arena, .scenarios = json_text(scenarios)));
}
