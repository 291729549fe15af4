/*
 * The opportunities resource: the deals of organizations that have the b2b
 * module.
 */

#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/b2b/weekly_mail.h"
#include "handlers/crm/deals.h"
#include "schema/b2b/opportunity.h"
#include "schema/crm/deal_board.h"

static action_fn move_opportunity, unarchive_opportunity, list_stages, forecast,
    outcomes;

static const struct body_field move_body[] = {
	{ "stage", BODY_STRING, BODY_FILLED },
	{ "index", BODY_WHOLE, 0 },
	{ "before_id", BODY_WHOLE, 0 },
	{ "after_id", BODY_WHOLE, 0 },
	{ "pipeline_id", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct body_field mail_body[] = {
	{ "enabled", BODY_BOOLEAN, BODY_REQUIRED },
	{ "language", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param report_params[] = {
	{ "from", PARAM_TEXT,
	    "the first day (default: the first of this month; for "
	    "outcomes, a year ago)",
	    NULL },
	{ "to", PARAM_TEXT,
	    "the last day (default: the last of this month next year; "
	    "for outcomes, today)",
	    NULL },
	{ "pipeline_id", PARAM_WHOLE, "the ID of a pipeline", NULL },
	{ "sales_id", PARAM_WHOLE, "the ID of a user", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/opportunities/forecast", forecast,
	    SESSION_ORGANIZATION, .params = report_params,
	    .summary = "Get the forecast of opportunities by month",
	    .returns = "[OpportunityForecast]" },
	{ METHOD_GET, "/api/opportunities/outcomes", outcomes,
	    SESSION_ORGANIZATION, .params = report_params,
	    .summary =
		"Get the opportunities won and lost in a period, with the "
		"reasons",
	    .returns = "[OpportunityOutcome]" },
	{ METHOD_GET, "/api/opportunities/weekly_mail", weekly_mail_show,
	    SESSION_ORGANIZATION,
	    .summary = "Check whether the caller receives the weekly email",
	    .returns = "WeeklyMail" },
	{ METHOD_PUT, "/api/opportunities/weekly_mail", weekly_mail_set,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = mail_body,
	    .summary = "Switch the weekly email with the forecast and the "
		       "outcomes on or off",
	    .returns = "WeeklyMail" },
	{ METHOD_GET, "/api/opportunities/{id}/stages", list_stages,
	    SESSION_ORGANIZATION,
	    .summary = "List the stages of an opportunity, oldest first",
	    .returns = "[DealStage]" },
	{ METHOD_POST, "/api/opportunities/{id}/move", move_opportunity,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_FIELDS, .body = move_body,
	    .takes = "{stage:DealStages}",
	    .summary = "Move an opportunity on the board or to a pipeline, and "
		       "return all changed rows",
	    .returns = "[opportunities]" },
	{ METHOD_POST, "/api/opportunities/{id}/unarchive",
	    unarchive_opportunity, SESSION_ORGANIZATION, ROUTE_FIELDS,
	    .summary = "Unarchive an opportunity, and return all changed rows",
	    .returns = "[opportunities]" },
	{ .action = NULL },
};

const struct module opportunities_module = {
	.name = "opportunities",
	.org_module = "b2b",
	.routes = routes,
};

static enum problem_code
move_opportunity(struct request *rq, struct response *rs)
{
	return deal_move(rq, rs, "opportunities",
	    (struct db_step){
		.sql = SQL("SELECT crm.opportunities_json("
			   "crm.place_opportunity($1::bigint, $2, $6::bigint, "
			   "$3::bigint, $4::bigint, $5::bigint))"),
		.nparams = 6 });
}

static enum problem_code
unarchive_opportunity(struct request *rq, struct response *rs)
{
	return deal_unarchive(rq, rs, "opportunities",
	    crm_unarchive_opportunity(rq->arena, .opportunity = rq->id));
}

static enum problem_code
list_stages(struct request *rq, struct response *rs)
{
	return deal_stages(rq, rs);
}

/* A report's period and filters. */
struct report {
	const char *first, *last, *pipeline, *owner;
};

static enum problem_code
read_report(struct request *rq, struct report *report)
{
	enum problem_code err;

	if ((err = param_check(rq, "from", VALUE_DATE)) != PROBLEM_NONE ||
	    (err = param_check(rq, "to", VALUE_DATE)) != PROBLEM_NONE ||
	    (err = param_check(rq, "pipeline_id", VALUE_BIGINT)) !=
		PROBLEM_NONE ||
	    (err = param_check(rq, "sales_id", VALUE_BIGINT)) != PROBLEM_NONE)
		return err;
	*report = (struct report){ param_text(rq, "from"), param_text(rq, "to"),
		param_text(rq, "pipeline_id"), param_text(rq, "sales_id") };
	return PROBLEM_NONE;
}

static enum problem_code
forecast(struct request *rq, struct response *rs)
{
	struct report r;
	enum problem_code err = read_report(rq, &r);

	if (err != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    crm_forecast(rq->arena, .first = r.first, .last = r.last,
		.pipeline = r.pipeline, .owner = r.owner));
}

static enum problem_code
outcomes(struct request *rq, struct response *rs)
{
	struct report r;
	enum problem_code err = read_report(rq, &r);

	if (err != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    crm_outcomes(rq->arena, .first = r.first, .last = r.last,
		.pipeline = r.pipeline, .owner = r.owner));
}
