/*
 * The admin_alerts, monitoring_rules and transaction_monitoring resources, for
 * staff.
 */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/json.h"
#include "schema/membership/alert.h"

#define MOVE(action, about)                                                    \
	{                                                                      \
		METHOD_POST, "/api/admin_alerts/{id}/" action, move_alert,     \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = move_fields, .summary = about,                     \
		    .returns = "admin_alerts"                                  \
	}

static action_fn move_alert, assign_alert, claim_alert;

static const struct body_field move_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field assign_fields[] = {
	{ "sales_id", BODY_WHOLE, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	MOVE("acknowledge", "Acknowledge an alert"),
	MOVE("resolve", "Resolve an alert that was correct"),
	MOVE("dismiss", "Dismiss a false alert"),
	MOVE("reopen", "Reopen an alert"),
	{ METHOD_POST, "/api/admin_alerts/{id}/assign", assign_alert,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = assign_fields,
	    .summary = "Assign an alert to a user", .returns = "admin_alerts" },
	{ METHOD_POST, "/api/admin_alerts/claim", claim_alert,
	    SESSION_ORGANIZATION,
	    .summary = "Assign the next open alert to the caller",
	    .returns = "admin_alerts?" },
	{ .action = NULL },
};

const struct module alerts_module = {
	.name = "alerts",
	.org_module = "membership",
	.routes = routes,
};

/*
 * Changes an alert's status. The last segment of the path is an action of the
 * state machine.
 */
static enum problem_code
move_alert(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_move_alert(rq->arena, .alert = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1,
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
assign_alert(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_assign_alert(rq->arena, .alert = rq->id,
		.sales_id = body_whole(body, "sales_id")));
}

static enum problem_code
claim_alert(struct request *rq, struct response *rs)
{
	return answer_write(rq, rs, membership_claim_alert(rq->arena));
}
