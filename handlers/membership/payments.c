/* The resources user_payment_methods and user_payments. */
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

static const struct column method_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "provider", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "token", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "brand", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "last4", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "expires_on", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "customer", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "label", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "is_default", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column payment_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "billing_schedule_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "payment_method_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "status", VALUE_TEXT, 0, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "reason", VALUE_TEXT, 0, NULL },
	{ "provider", VALUE_TEXT, 0, NULL },
	{ "provider_payment", VALUE_TEXT, 0, NULL },
	{ "asked", VALUE_TEXT, 0, NULL },
	{ "succeeded_at", VALUE_TIMESTAMP, 0, NULL },
	{ "refunded_at", VALUE_TIMESTAMP, 0, NULL },
	{ "refunded_amount", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference method_references[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct reference payment_references[] = {
	{ "member", "member_id", "user_profiles" },
	{ "billing_schedule", "billing_schedule_id", "user_billing_schedules" },
	{ "payment_method", "payment_method_id", "user_payment_methods" },
	{ .name = NULL },
};

static const struct resource user_payment_methods = {
	.name = "user_payment_methods",
	.table = "membership.user_payment_methods",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = method_columns,
	.references = method_references,
	.check = card_check,
};

static const struct resource user_payments = {
	.name = "user_payments",
	.table = "membership.user_payments",
	.verbs = VERB_READ | VERB_CREATE | VERB_HISTORY,
	.columns = payment_columns,
	.references = payment_references,
	.check = card_check,
};

/* The last segment of the path is an action of the state machine. */
static enum problem_code
move_payment(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &user_payments, &body)) != PROBLEM_NONE)
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

	if ((err = card_read_body(rq, &user_payments, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_refund_payment(rq->arena, .payment = rq->id,
		.amount = body_whole(body, "amount"),
		.currency = json_get_text(body, "currency"),
		.reason = json_get_text(body, "reason")));
}

static const struct body_field refund_fields[] = {
	{ "amount", BODY_WHOLE, false, false },
	{ "currency", BODY_STRING, false, true },
	{ "reason", BODY_STRING, false, true },
	{ .name = NULL },
};

static const struct body_field reason_fields[] = {
	{ "reason", BODY_STRING, false, true },
	{ .name = NULL },
};

#define MOVE(action, about)                                                    \
	{                                                                      \
		METHOD_POST, "/api/user_payments/{id}/" action, move_payment,  \
		    SESSION_ORGANIZATION, ROUTE_BODY,                          \
		    .body = reason_fields, .summary = about,                   \
		    .returns = "user_payments"                                 \
	}

static const struct route routes[] = {
	MOVE("succeed", "Record that a payment has come in"),
	MOVE("fail", "Record that a payment has failed"),
	MOVE("cancel", "Cancel a payment that is pending"),
	MOVE("retry", "Try a failed payment again"),
	{ METHOD_POST, "/api/user_payments/{id}/refund", refund_payment,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = refund_fields,
	    .summary = "Pay a payment back, or a part of it",
	    .returns = "user_payments" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&user_payment_methods,
	&user_payments,
	NULL,
};

const struct module payments_module = {
	.name = "payments",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
