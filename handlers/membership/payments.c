/* The user_payment_methods and user_payments resources. */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/payment.h"
#include "schema/membership/refund.h"

#define MOVE(action, about)                                                    \
	{                                                                      \
		METHOD_POST, "/api/user_payments/{id}/" action, move_payment,  \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = reason_fields, .summary = about,                   \
		    .returns = "user_payments"                                 \
	}

static action_fn move_payment, refund_payment;

static const struct body_field refund_fields[] = {
	{ "amount", BODY_WHOLE, 0 },
	{ "currency", BODY_STRING, BODY_FILLED },
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field reason_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	MOVE("succeed", "Record that a payment was received"),
	MOVE("fail", "Record that a payment has failed"),
	MOVE("cancel", "Cancel a pending payment"),
	MOVE("retry", "Retry a failed payment"),
	{ METHOD_POST, "/api/user_payments/{id}/refund", refund_payment,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = refund_fields,
	    .summary = "Refund a payment, in full or in part",
	    .returns = "user_payments" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "user_payment_methods", .check = card_check },
	{ "user_payments", .check = card_check },
	{ .resource = NULL },
};

const struct module payments_module = {
	.name = "payments",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

/*
 * Changes a payment's status. The last segment of the path is an action of the
 * state machine.
 */
static enum problem_code
move_payment(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_move_payment(rq->arena, .payment = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1,
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
refund_payment(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_refund_payment(rq->arena, .payment = rq->id,
		.amount = body_whole(body, "amount"),
		.currency = json_get_text(body, "currency"),
		.reason = json_get_text(body, "reason")));
}
