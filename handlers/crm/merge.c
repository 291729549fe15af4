#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/value.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "winner_id", VALUE_BIGINT, 0, NULL },
	{ "loser_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "merged_at", VALUE_TIMESTAMP, 0, NULL },
	{ "undone_at", VALUE_TIMESTAMP, 0, NULL },
	{ "batch_id", VALUE_BIGINT, 0, NULL },
	{ "loser", VALUE_JSON, 0, NULL },
	{ .name = NULL },
};

/* Merges of the last 30 days: what can be undone, and what was. */
static const struct resource merges = {
	.name = "merges",
	.table = "crm.merges",
	.verbs = VERB_READ,
	.columns = columns,
};

/* Who goes: the one of the stock client, or several, as an array of SQL. */
static enum problem_code
read_losers(struct request *rq, struct json_object *body, const char **losers)
{
	struct json_object *several;
	const char *one = body_whole(body, "loserId");
	bool present;

	several = json_get(body, "loserIds", &present);
	if (one == NULL && several == NULL)
		return request_fail_field(
		    rq, PROBLEM_INVALID, "loserId", "is missing");
	if (one != NULL && several != NULL)
		return request_fail_field(rq, PROBLEM_INVALID, "loserIds",
		    "in place of loserId, not beside it");
	*losers = one != NULL ? arena_printf(rq->arena, "{%s}", one)
			      : value_list(rq->arena, VALUE_BIGINTS, several);
	if (*losers == NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED, "loserIds",
		    "a list of whole numbers");
	return PROBLEM_NONE;
}

/* Of the contacts that the body names. */
static enum problem_code
answer_contacts(struct request *rq, struct response *rs, struct sql sql)
{
	const char *params[3];
	struct db_step step = {
		.sql = sql,
		.params = params,
		.nparams = 3,
		.answer = true,
	};
	struct json_object *body, *choices;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_losers(rq, body, &params[0])) != PROBLEM_NONE)
		return err;
	if ((params[1] = body_whole(body, "winnerId")) == NULL)
		return request_fail_field(
		    rq, PROBLEM_INVALID, "winnerId", "is missing");
	choices = json_get(body, "choices", &present);
	params[2] = choices != NULL ? json_text(choices) : "{}";
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
merge(struct request *rq, struct response *rs)
{
	return answer_contacts(rq, rs,
	    SQL("SELECT crm.merge_contacts($1::bigint[], $2::bigint, "
		"$3::jsonb)"));
}

static enum problem_code
preview(struct request *rq, struct response *rs)
{
	return answer_contacts(rq, rs,
	    SQL("SELECT crm.preview_merge($1::bigint[], $2::bigint, "
		"$3::jsonb)"));
}

static enum problem_code
undo(struct request *rq, struct response *rs)
{
	const char *params[3] = { rq->id };
	struct db_step step = {
		.sql = SQL("SELECT CASE WHEN $3::boolean "
			   "THEN crm.undo_merges($1::bigint, $2::boolean) "
			   "ELSE crm.undo_merge($1::bigint, $2::boolean) END"),
		.params = params,
		.nparams = 3,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_id(rq, &merges, rq->id)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[1] = json_get_bool(body, "keep", false) ? "t" : "f";
	params[2] = json_get_bool(body, "together", false) ? "t" : "f";
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field contacts_body[] = {
	{ "loserId", BODY_WHOLE, false, false },
	{ "loserIds", BODY_LIST, false, false },
	{ "winnerId", BODY_WHOLE, false, false },
	{ "choices", BODY_RECORD, false, false },
	{ .name = NULL },
};

static const struct body_field undo_body[] = {
	{ "keep", BODY_BOOLEAN, false, false },
	{ "together", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

#define MERGE "/api/merge_contacts"

static const struct route routes[] = {
	{ METHOD_POST, MERGE, merge, SESSION_ORGANIZATION, ROUTE_BODY,
	    .body = contacts_body,
	    .summary = "Make one contact of two or more" },
	{ METHOD_POST, MERGE "/preview", preview, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = contacts_body,
	    .summary = "What a merge would come to; changes nothing" },
	{ METHOD_POST, "/api/merges/{id}/undo", undo, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = undo_body,
	    .summary = "Undo a merge: two contacts again" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&merges,
	NULL,
};

const struct module merge_module = {
	.name = "merge",
	.resources = resources,
	.routes = routes,
};
