/* The resource deals, and their places on the board. */

#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/field_limits.h"
#include "lib/db/value.h"
#include "schema/crm/deal_board.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "contact_ids", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },
	{ "category", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "stage", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, "0" },
	{ "created_at", VALUE_TIMESTAMP, COLUMN_WRITE | COLUMN_ONCE, "now()" },
	{ "updated_at", VALUE_TIMESTAMP, 0, NULL },
	{ "archived_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "expected_closing_date", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "index", VALUE_SMALLINT, COLUMN_WRITE | COLUMN_PLACE, NULL },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE | COLUMN_KEYS, "'{}'" },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "company", "company_id", "companies" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource deals = {
	.name = "deals",
	.also = "crm/deals",
	.table = "crm.deals",
	.search = "crm.search_deals",
	.total = "deals",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

/* Moves a deal on the board; responds with all deals that moved. */
static enum problem_code
move_deal(struct request *rq, struct response *rs)
{
	const char *stage, *place, *before, *after;
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = field_limits_check(rq, &deals, "index")) != PROBLEM_NONE)
		return err;
	place = body_whole(body, "index");
	before = body_whole(body, "before_id");
	after = body_whole(body, "after_id");
	stage = json_get_text(body, "stage");
	/* A neighbour tells the stage, too. */
	if ((stage != NULL || before != NULL || after != NULL) &&
	    (err = field_limits_keep(rq, &deals, "stage")) != PROBLEM_NONE)
		return err;
	if ((place != NULL) + (before != NULL) + (after != NULL) != 1)
		return request_fail(rq, PROBLEM_INVALID,
		    "say where by one of index, before_id and after_id");
	return answer_write(rq, rs,
	    (struct db_step){
		.sql = SQL("SELECT crm.deals_json(crm.place_deal($1::bigint, "
			   "$2, $3::bigint, $4::bigint, $5::bigint))"),
		.params =
		    (const char *[]){ rq->id, stage, place, before, after },
		.nparams = 5 });
}

static enum problem_code
unarchive_deal(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE ||
	    (err = field_limits_check(rq, &deals, "archived_at")) !=
		PROBLEM_NONE ||
	    (err = field_limits_check(rq, &deals, "index")) != PROBLEM_NONE)
		return err;
	return answer_write(
	    rq, rs, crm_unarchive_deal(rq->arena, .deal = rq->id));
}

/* The stages of a deal, the oldest first. */
static enum problem_code
list_stages(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs, crm_deal_stages(rq->arena, .deal = rq->id));
}

static const struct body_field move_body[] = {
	{ "stage", BODY_STRING, false, true },
	{ "index", BODY_WHOLE, false, false },
	{ "before_id", BODY_WHOLE, false, false },
	{ "after_id", BODY_WHOLE, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/deals/{id}/stages", list_stages,
	    SESSION_ORGANIZATION,
	    .summary = "The stages a deal was in, the first first",
	    .returns = "[DealStage]" },
	{ METHOD_GET, "/api/crm/deals/{id}/stages", list_stages,
	    SESSION_ORGANIZATION,
	    .summary = "The stages a deal was in, the first first",
	    .returns = "[DealStage]" },
	{ METHOD_POST, "/api/deals/{id}/move", move_deal, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FIELDS, .body = move_body,
	    .summary =
		"Move a deal on the board; answers with all that changed",
	    .returns = "[deals]" },
	{ METHOD_POST, "/api/deals/{id}/unarchive", unarchive_deal,
	    SESSION_ORGANIZATION, ROUTE_FIELDS,
	    .summary =
		"Put a deal back on the board; answers with all that changed",
	    .returns = "[deals]" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&deals,
	NULL,
};

const struct module deals_module = {
	.name = "deals",
	.resources = resources,
	.routes = routes,
};
