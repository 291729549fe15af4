/* The user_subscriptions and user_billing_schedules resources. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/billing.h"

static action_fn waive_schedule;

static const struct body_field waive_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_billing_schedules/{id}/waive", waive_schedule,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = waive_fields,
	    .summary = "Waive an amount due",
	    .returns = "user_billing_schedules" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "user_subscriptions", .check = card_check },
	{ "user_billing_schedules", .check = card_check },
	{ .resource = NULL },
};

const struct module billing_module = {
	.name = "billing",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
waive_schedule(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_waive_billing_schedule(rq->arena, .schedule = rq->id,
		.reason = json_get_text(body, "reason")));
}
