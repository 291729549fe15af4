/* The user_memberships resource: tiers, periods, renewals and cancellations. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/membership.h"

static action_fn cancel_membership, renew_membership;

static const struct body_field cancel_fields[] = {
	{ "on", BODY_STRING, BODY_FILLED },
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field renew_fields[] = {
	{ "ends_on", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_memberships/{id}/cancel", cancel_membership,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = cancel_fields,
	    .summary = "Cancel a membership", .returns = "user_memberships" },
	{ METHOD_POST, "/api/user_memberships/{id}/renew", renew_membership,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = renew_fields,
	    .summary = "Renew a membership for another period",
	    .returns = "user_memberships" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "user_memberships", .check = card_check },
	{ .resource = NULL },
};

const struct module memberships_module = {
	.name = "memberships",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

/* Reads the body, and the day in one of its members. */
static enum problem_code
read_day(struct request *rq, const char *name, struct json_object **body,
    const char **day)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, body)) != PROBLEM_NONE ||
	    (err = card_check(rq, rq->id, *body)) != PROBLEM_NONE)
		return err;
	*day = json_get_text(*body, name);
	if (*day != NULL && !value_text_fits(VALUE_DATE, *day))
		return request_refuse(
		    rq, "wrong_type", name, value_wanted(VALUE_DATE));
	return PROBLEM_NONE;
}

static enum problem_code
cancel_membership(struct request *rq, struct response *rs)
{
	const char *day;
	struct json_object *body;
	enum problem_code err;

	if ((err = read_day(rq, "on", &body, &day)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_cancel_membership(rq->arena, .membership = rq->id,
		.on_day = day, .reason = json_get_text(body, "reason")));
}

static enum problem_code
renew_membership(struct request *rq, struct response *rs)
{
	const char *day;
	struct json_object *body;
	enum problem_code err;

	if ((err = read_day(rq, "ends_on", &body, &day)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_renew_membership(
		rq->arena, .membership = rq->id, .last_day = day));
}
