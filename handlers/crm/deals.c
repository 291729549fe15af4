#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/db/value.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "contact_ids", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },
	{ "category", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "stage", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, "0" },
	{ "created_at", VALUE_TIMESTAMP, COLUMN_WRITE, "now()" },
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
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

/* Runs the step and answers with the deals that changed, its own first. */
static enum problem_code
answer(struct request *rq, struct response *rs, struct db_step *step)
{
	enum problem_code err;

	if ((err = session_write(rq, step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, step);
}

/* Dragged to another place of the board. */
static enum problem_code
move(struct request *rq, struct response *rs)
{
	const char *params[5];
	struct db_step step = {
		.sql = SQL("SELECT crm.deals_json(crm.place_deal($1::bigint, "
			   "$2, $3::bigint, $4::bigint, $5::bigint))"),
		.params = params,
		.nparams = 5,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = rq->id;
	params[1] = json_get_text(body, "stage");
	params[2] = body_whole(body, "index");
	params[3] = body_whole(body, "before_id");
	params[4] = body_whole(body, "after_id");
	if ((params[2] != NULL) + (params[3] != NULL) + (params[4] != NULL) !=
	    1)
		return request_fail(rq, PROBLEM_INVALID,
		    "say where by one of index, before_id and after_id");
	return answer(rq, rs, &step);
}

static enum problem_code
unarchive(struct request *rq, struct response *rs)
{
	const char *params[] = { rq->id };
	struct db_step step = {
		.sql = SQL("SELECT crm.unarchive_deal($1::bigint)"),
		.params = params,
		.nparams = 1,
		.answer = true,
	};
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE)
		return err;
	return answer(rq, rs, &step);
}

/* Where it was, the first first. */
static enum problem_code
stages(struct request *rq, struct response *rs)
{
	const char *params[] = { rq->id };
	struct db_step step = {
		.sql = SQL("SELECT crm.deal_stages($1::bigint)"),
		.params = params,
		.nparams = 1,
	};
	enum problem_code err;

	if ((err = resource_check_id(rq, &deals, rq->id)) != PROBLEM_NONE ||
	    (err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field move_body[] = {
	{ "stage", BODY_STRING, false, true },
	{ "index", BODY_WHOLE, false, false },
	{ "before_id", BODY_WHOLE, false, false },
	{ "after_id", BODY_WHOLE, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/deals/{id}/stages", stages, SESSION_ORGANIZATION,
	    .summary = "The stages a deal was in, the first first" },
	{ METHOD_GET, "/api/crm/deals/{id}/stages", stages,
	    SESSION_ORGANIZATION,
	    .summary = "The stages a deal was in, the first first" },
	{ METHOD_POST, "/api/deals/{id}/move", move, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = move_body,
	    .summary =
		"Move a deal on the board; answers with all that changed" },
	{ METHOD_POST, "/api/deals/{id}/unarchive", unarchive,
	    SESSION_ORGANIZATION,
	    .summary =
		"Put a deal back on the board; answers with all that changed" },
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
