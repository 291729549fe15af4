/* The resource disputes. */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/transition.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "payment_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "payout_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "currency", VALUE_TEXT, 0, NULL },
	{ "reason", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "status", VALUE_TEXT, 0, NULL },
	{ "evidence", VALUE_TEXT, 0, NULL },
	{ "evidence_due_at", VALUE_TIMESTAMP, COLUMN_WRITE,
	    "now() + interval '14 days'" },
	{ "note", VALUE_TEXT, 0, NULL },
	{ "provider", VALUE_TEXT, 0, NULL },
	{ "provider_dispute", VALUE_TEXT, 0, NULL },
	{ "decided_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "member", "member_id", "user_profiles" },
	{ "payment", "payment_id", "user_payments" },
	{ "payout", "payout_id", "user_payouts" },
	{ .name = NULL },
};

static const struct resource disputes = {
	.name = "disputes",
	.table = "membership.disputes",
	.verbs = VERB_READ | VERB_CREATE | VERB_HISTORY,
	.columns = columns,
	.references = references,
	.check = card_check,
};

/* The last segment of the path is an action of the state machine. */
static enum problem_code
move_dispute(struct request *rq, struct response *rs)
{
	const char *field = rq->route->body[0].name;
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &disputes, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_move_row(rq->arena, .resource = "disputes",
		.row_id = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1, .field = field,
		.said = json_get_text(body, field)));
}

static const struct body_field evidence_fields[] = {
	{ "evidence", BODY_STRING, true, true },
	{ .name = NULL },
};

static const struct body_field note_fields[] = {
	{ "note", BODY_STRING, false, true },
	{ .name = NULL },
};

#define MOVE(action, fields, about)                                            \
	{                                                                      \
		METHOD_POST, "/api/disputes/{id}/" action, move_dispute,       \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = fields, .summary = about, .returns = "disputes"    \
	}

static const struct route routes[] = {
	MOVE("submit", evidence_fields, "Submit evidence in a dispute"),
	MOVE("win", note_fields, "Record that a dispute was won"),
	MOVE("lose", note_fields, "Record that a dispute was lost"),
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&disputes,
	NULL,
};

const struct module disputes_module = {
	.name = "disputes",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
