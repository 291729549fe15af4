/* Cost calculations, which are immutable, and the rates that they use. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/json.h"
#include "schema/factory/cost.h"

static const struct column calculation_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "inputs", VALUE_JSONB, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "priced_on", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "currency", VALUE_TEXT, 0, NULL },
	{ "quantity", VALUE_NUMERIC, 0, NULL },
	{ "total_cost", VALUE_NUMERIC, 0, NULL },
	{ "unit_cost", VALUE_NUMERIC, 0, NULL },
	{ "formula_version", VALUE_SMALLINT, 0, NULL },
	{ "rates", VALUE_JSONB, 0, NULL },
	{ "result", VALUE_JSONB, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference calculation_references[] = {
	{ "sale", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource cost_calculations = {
	.name = "cost_calculations",
	.table = "factory_app.cost_calculations",
	.verbs = VERB_READ | VERB_CREATE,
	.columns = calculation_columns,
	.references = calculation_references,
};

static const struct column rate_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "code", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "min_quantity", VALUE_NUMERIC, COLUMN_WRITE, "0" },
	{ "rate", VALUE_NUMERIC, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "valid_from", VALUE_DATE, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "valid_to", VALUE_DATE, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource cost_rates = {
	.name = "cost_rates",
	.table = "factory_app.cost_rates",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = rate_columns,
};

/* Reads only, so that a preview stores nothing, whatever it says. */
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

static const struct body_field preview_fields[] = {
	{ "scenarios", BODY_LIST, true, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/cost_calculations/preview", preview_costs,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_HEAVY,
	    .body = preview_fields,
	    .summary = "Calculate and compare costs without storing them",
	    .returns = "[{name:string?,rates:object,result:object,"
		       "difference:number?,difference_percent:number?}]" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&cost_calculations,
	&cost_rates,
	NULL,
};

const struct module costs_module = {
	.name = "costs",
	.org_module = "factory",
	.resources = resources,
	.routes = routes,
};
