/*
 * The resources admin_alerts, monitoring_rules and transaction_monitoring, for
 * the staff.
 */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/json.h"
#include "schema/membership/alert.h"

static const struct column alert_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "key", VALUE_TEXT, 0, NULL },
	{ "title", VALUE_TEXT, 0, NULL },
	{ "severity", VALUE_TEXT, 0, NULL },
	{ "status", VALUE_TEXT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "row_id", VALUE_BIGINT, 0, NULL },
	{ "assigned_to", VALUE_BIGINT, 0, NULL },
	{ "reason", VALUE_TEXT, 0, NULL },
	{ "acknowledged_at", VALUE_TIMESTAMP, 0, NULL },
	{ "closed_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column rule_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "severity", VALUE_TEXT, COLUMN_WRITE, "'medium'" },
	{ "enabled", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "payments", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ "hours", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ "countries", VALUE_TEXT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column finding_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "payment_id", VALUE_BIGINT, 0, NULL },
	{ "rule_id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "found", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference alert_references[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct reference finding_references[] = {
	{ "payment", "payment_id", "user_payments" },
	{ "rule", "rule_id", "monitoring_rules" },
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct resource admin_alerts = {
	.name = "admin_alerts",
	.table = "membership.admin_alerts",
	.verbs = VERB_READ | VERB_HISTORY,
	.columns = alert_columns,
	.references = alert_references,
};

static const struct resource monitoring_rules = {
	.name = "monitoring_rules",
	.table = "membership.monitoring_rules",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = rule_columns,
};

static const struct resource transaction_monitoring = {
	.name = "transaction_monitoring",
	.view = "membership.transaction_monitoring",
	.verbs = VERB_READ,
	.columns = finding_columns,
	.references = finding_references,
};

/* The last segment of the path is an action of the state machine. */
static enum problem_code
move_alert(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_id(rq, &admin_alerts, rq->id)) !=
		PROBLEM_NONE ||
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

	if ((err = resource_check_id(rq, &admin_alerts, rq->id)) !=
		PROBLEM_NONE ||
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

static const struct body_field move_fields[] = {
	{ "reason", BODY_STRING, false, true },
	{ .name = NULL },
};

static const struct body_field assign_fields[] = {
	{ "sales_id", BODY_WHOLE, true, false },
	{ .name = NULL },
};

#define MOVE(action, about)                                                    \
	{                                                                      \
		METHOD_POST, "/api/admin_alerts/{id}/" action, move_alert,     \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = move_fields, .summary = about,                     \
		    .returns = "admin_alerts"                                  \
	}

static const struct route routes[] = {
	MOVE("acknowledge", "Acknowledge an alert"),
	MOVE("resolve", "Close an alert that was right"),
	MOVE("dismiss", "Close an alert that was wrong"),
	MOVE("reopen", "Open an alert again"),
	{ METHOD_POST, "/api/admin_alerts/{id}/assign", assign_alert,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = assign_fields,
	    .summary = "Give an alert to a user", .returns = "admin_alerts" },
	{ METHOD_POST, "/api/admin_alerts/claim", claim_alert,
	    SESSION_ORGANIZATION, .summary = "Take the next open alert",
	    .returns = "admin_alerts?" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&admin_alerts,
	&monitoring_rules,
	&transaction_monitoring,
	NULL,
};

const struct module alerts_module = {
	.name = "alerts",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
