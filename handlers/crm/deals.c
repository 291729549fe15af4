/* The deals resource, and the positions of deals on the board. */

#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/field_limits.h"
#include "handlers/crm/deals.h"
#include "lib/db/value.h"
#include "schema/crm/deal_board.h"

static action_fn move_deal, unarchive_deal, list_stages;

static const struct body_field move_body[] = {
	{ "stage", BODY_STRING, BODY_FILLED },
	{ "index", BODY_WHOLE, 0 },
	{ "before_id", BODY_WHOLE, 0 },
	{ "after_id", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/deals/{id}/stages", list_stages,
	    SESSION_ORGANIZATION,
	    .summary = "List the stages of a deal, oldest first",
	    .returns = "[DealStage]" },
	{ METHOD_GET, "/api/crm/deals/{id}/stages", list_stages,
	    SESSION_ORGANIZATION,
	    .summary = "List the stages of a deal, oldest first",
	    .returns = "[DealStage]" },
	{ METHOD_POST, "/api/deals/{id}/move", move_deal, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FIELDS, .body = move_body,
	    .takes = "{stage:DealStages}",
	    .summary = "Move a deal on the board, and return all changed rows",
	    .returns = "[deals]" },
	{ METHOD_POST, "/api/deals/{id}/unarchive", unarchive_deal,
	    SESSION_ORGANIZATION, ROUTE_FIELDS,
	    .summary = "Unarchive a deal, and return all changed rows",
	    .returns = "[deals]" },
	{ .action = NULL },
};

const struct module deals_module = {
	.name = "deals",
	.routes = routes,
};

enum problem_code
deal_move(struct request *rq, struct response *rs, const char *resource,
    struct db_step step)
{
	const char *stage, *place, *before, *after, *pipeline = NULL;
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = field_limits_check(rq, resource, "index")) != PROBLEM_NONE)
		return err;
	place = body_whole(body, "index");
	before = body_whole(body, "before_id");
	after = body_whole(body, "after_id");
	stage = json_get_text(body, "stage");
	if (step.nparams == 6)
		pipeline = body_whole(body, "pipeline_id");
	/* A neighbor also determines the stage. */
	if ((stage != NULL || before != NULL || after != NULL ||
		pipeline != NULL) &&
	    (err = field_limits_keep(rq, resource, "stage")) != PROBLEM_NONE)
		return err;
	if ((place != NULL) + (before != NULL) + (after != NULL) != 1)
		return request_refuse(rq, "deal_place");
	step.params =
	    (const char *[]){ rq->id, stage, place, before, after, pipeline };
	return answer_write(rq, rs, step);
}

enum problem_code
deal_unarchive(struct request *rq, struct response *rs, const char *resource,
    struct db_step step)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = field_limits_check(rq, resource, "archived_at")) !=
		PROBLEM_NONE ||
	    (err = field_limits_check(rq, resource, "index")) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs, step);
}

enum problem_code
deal_stages(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs, crm_deal_stages(rq->arena, .deal = rq->id));
}

static enum problem_code
move_deal(struct request *rq, struct response *rs)
{
	return deal_move(rq, rs, "deals",
	    (struct db_step){
		.sql = SQL("SELECT crm.deals_json(crm.place_deal($1::bigint, "
			   "$2, $3::bigint, $4::bigint, $5::bigint))"),
		.nparams = 5 });
}

static enum problem_code
unarchive_deal(struct request *rq, struct response *rs)
{
	return deal_unarchive(
	    rq, rs, "deals", crm_unarchive_deal(rq->arena, .deal = rq->id));
}

static enum problem_code
list_stages(struct request *rq, struct response *rs)
{
	return deal_stages(rq, rs);
}
