/* The resources user_subscriptions and user_billing_schedules. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/billing.h"

static const struct column subscription_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "plan", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, "'active'" },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "interval_months", VALUE_SMALLINT, COLUMN_WRITE, "1" },
	{ "starts_on", VALUE_DATE, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "ends_on", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "cancelled_on", VALUE_DATE, 0, NULL },
	{ "next_on", VALUE_DATE, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column schedule_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "subscription_id", VALUE_BIGINT, 0, NULL },
	{ "membership_id", VALUE_BIGINT, 0, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "period_starts_on", VALUE_DATE, 0, NULL },
	{ "period_ends_on", VALUE_DATE, 0, NULL },
	{ "due_on", VALUE_DATE, COLUMN_WRITE, "current_date" },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "status", VALUE_TEXT, 0, NULL },
	{ "waive_reason", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference subscription_references[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct reference schedule_references[] = {
	{ "member", "member_id", "user_profiles" },
	{ "subscription", "subscription_id", "user_subscriptions" },
	{ "membership", "membership_id", "user_memberships" },
	{ .name = NULL },
};

static const struct resource user_subscriptions = {
	.name = "user_subscriptions",
	.table = "membership.user_subscriptions",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = subscription_columns,
	.references = subscription_references,
	.check = card_check,
};

static const struct resource user_billing_schedules = {
	.name = "user_billing_schedules",
	.table = "membership.user_billing_schedules",
	.verbs = VERB_READ | VERB_CREATE | VERB_HISTORY,
	.columns = schedule_columns,
	.references = schedule_references,
	.check = card_check,
};

static enum problem_code
waive_schedule(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &user_billing_schedules, &body)) !=
	    PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_waive_billing_schedule(rq->arena, .schedule = rq->id,
		.reason = json_get_text(body, "reason")));
}

static const struct body_field waive_fields[] = {
	{ "reason", BODY_STRING, false, true },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_billing_schedules/{id}/waive", waive_schedule,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = waive_fields,
	    .summary = "Waive an amount due",
	    .returns = "user_billing_schedules" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&user_subscriptions,
	&user_billing_schedules,
	NULL,
};

const struct module billing_module = {
	.name = "billing",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
