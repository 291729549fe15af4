/* The disputes resource. */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/transition.h"

#define MOVE(action, fields, about)                                            \
	{                                                                      \
		METHOD_POST, "/api/disputes/{id}/" action, move_dispute,       \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = fields, .summary = about, .returns = "disputes"    \
	}

static action_fn move_dispute;

static const struct body_field evidence_fields[] = {
	{ "evidence", BODY_STRING,
	    BODY_REQUIRED | BODY_FILLED | BODY_MOST(20000) },
	{ .name = NULL },
};

static const struct body_field note_fields[] = {
	{ "note", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	MOVE("submit", evidence_fields, "Submit the evidence of a dispute"),
	MOVE("win", note_fields, "Record that a dispute was won"),
	MOVE("lose", note_fields, "Record that a dispute was lost"),
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "disputes", .check = card_check },
	{ .resource = NULL },
};

const struct module disputes_module = {
	.name = "disputes",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

/*
 * Changes a dispute's status. The last segment of the path is an action of the
 * state machine.
 */
static enum problem_code
move_dispute(struct request *rq, struct response *rs)
{
	const char *field = rq->route->body[0].name;
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_move_row(rq->arena, .resource = "disputes",
		.row_id = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1, .field = field,
		.said = json_get_text(body, field)));
}
