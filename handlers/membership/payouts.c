/* The payout_accounts, payout_batches and user_payouts resources. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "handlers/membership/payout_file.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/iban.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/value.h"
#include "lib/format/camt.h"
#include "schema/membership/payout.h"
#include "schema/membership/transition.h"

#define MOVE(action, about)                                                    \
	{                                                                      \
		METHOD_POST, "/api/user_payouts/{id}/" action, move_payout,    \
		    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_NO_IMPERSONATION, \
		    .body = reason_fields, .summary = about,                   \
		    .returns = "user_payouts"                                  \
	}

static action_fn create_account, move_payout, create_batch, show_file,
    take_statement;

static const struct body_field account_fields[] = {
	{ "member_id", BODY_WHOLE, 0 },
	{ "organization", BODY_BOOLEAN, 0 },
	{ "holder", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "iban", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "bic", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field reason_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field batch_fields[] = {
	{ "account_id", BODY_WHOLE, BODY_REQUIRED },
	{ "currency", BODY_STRING, BODY_FILLED },
	{ "execute_on", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field statement_fields[] = {
	{ "entries", BODY_LIST, 0 },
	{ "camt053", BODY_STRING, BODY_FILLED | BODY_LONG },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/payout_accounts", create_account,
	    SESSION_ORGANIZATION, ROUTE_BODY, .status = 201,
	    .body = account_fields, .summary = "Add a bank account for payouts",
	    .returns = "payout_accounts" },
	MOVE("approve", "Approve a payout that another user has requested"),
	MOVE("reject", "Reject a payout that another user has requested"),
	MOVE("cancel", "Cancel a payout that was not sent"),
	MOVE("withdraw",
	    "Remove a payout from a batch before it is sent to the bank"),
	{ METHOD_POST, "/api/user_payouts/send", create_batch,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .status = 201, .body = batch_fields,
	    .summary = "Send the approved payouts that are not on hold",
	    .returns = "payout_batches" },
	{ METHOD_GET, "/api/payout_batches/{id}/file", show_file,
	    SESSION_ORGANIZATION, ROUTE_NO_IMPERSONATION,
	    .summary = "Download a batch of payouts as a file for the bank",
	    .answers = "application/xml" },
	{ METHOD_POST, "/api/user_payouts/statement", take_statement,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = statement_fields,
	    .takes = "{entries:[{reference:string,status:'paid'|'failed',"
		     "amount:integer,currency:string,reason?:string}]}",
	    .summary = "Record the result of payouts from a bank statement",
	    .returns = "[{reference:string,effect:string}]" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "user_payouts", .check = card_check },
	{ .resource = NULL },
};

const struct module payouts_module = {
	.name = "payouts",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

#define ENTRIES_MAX 10000

/*
 * Creates an account. The IBAN is stored in a separate table: see
 * membership.create_account() in SQL.
 */
static enum problem_code
create_account(struct request *rq, struct response *rs)
{
	const char *iban;
	struct json_object *body;
	enum problem_code err;

	request_require_scope(rq, "payout_accounts", "create", false);
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if ((iban = iban_read(rq->arena, json_get_text(body, "iban"))) == NULL)
		return request_refuse(rq, "not_an_iban", "iban");
	err = answer_write(rq, rs,
	    membership_add_payout_account(rq->arena,
		.member = body_whole(body, "member_id"),
		.organization = json_get_bool(body, "organization", false),
		.holder = json_get_text(body, "holder"),
		.bic = json_get_text(body, "bic"),
		.country = arena_strndup(rq->arena, iban, 2),
		.last4 = iban + strlen(iban) - 4,
		.encrypted_iban =
		    secretbox_seal(rq->arena, rq->config->secret, iban)));
	if (err == PROBLEM_NONE)
		rs->status = 201;
	return err;
}

/*
 * Changes a payout's status. The last segment of the path is an action of the
 * state machine.
 */
static enum problem_code
move_payout(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_move_row(rq->arena, .resource = "user_payouts",
		.row_id = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1,
		.field = "reason", .said = json_get_text(body, "reason")));
}

static enum problem_code
create_batch(struct request *rq, struct response *rs)
{
	const char *day;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	day = json_get_text(body, "execute_on");
	if (day != NULL && !value_text_fits(VALUE_DATE, day))
		return request_refuse(
		    rq, "wrong_type", "execute_on", value_wanted(VALUE_DATE));
	err = answer_write(rq, rs,
	    membership_create_payout_batch(rq->arena,
		.account = body_whole(body, "account_id"),
		.currency = json_get_text(body, "currency"),
		.execute_on = day));
	if (err == PROBLEM_NONE)
		rs->status = 201;
	return err;
}

static enum problem_code
show_file(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	return payout_file_send(rq, rs);
}

static enum problem_code
check_entry(struct request *rq, struct json_object *entry)
{
	struct json_object *amount;
	bool present;

	if (json_get_text(entry, "reference") == NULL ||
	    json_get_text(entry, "status") == NULL ||
	    json_get_text(entry, "currency") == NULL)
		return request_refuse(rq, "entry_texts", "entries");
	amount = json_get(entry, "amount", &present);
	if (!json_object_is_type(amount, json_type_int))
		return request_refuse(rq, "entry_amount", "entries");
	return PROBLEM_NONE;
}

static void
add_entry(void *to, const struct camt_entry *e)
{
	struct json_object *entry = json_object_new_object();

	json_object_object_add(
	    entry, "reference", json_object_new_string(e->reference));
	json_object_object_add(
	    entry, "status", json_object_new_string(e->status));
	json_object_object_add(
	    entry, "decimal", json_object_new_string(e->amount));
	json_object_object_add(entry, "currency",
	    json_object_new_string(e->currency != NULL ? e->currency : ""));
	if (e->reason != NULL)
		json_object_object_add(
		    entry, "reason", json_object_new_string(e->reason));
	json_object_array_add(to, entry);
}

/*
 * Reads the entries in the body, or in the bank statement that the body
 * contains.
 */
static enum problem_code
read_entries(struct request *rq, const struct json_object *body,
    struct json_object **entries)
{
	const char *camt = json_get_text(body, "camt053"), *fault;
	enum problem_code err = PROBLEM_NONE;
	size_t i, n;
	bool present;
	long line;

	*entries = json_get(body, "entries", &present);
	if ((camt != NULL) == (*entries != NULL))
		return request_refuse(rq, "entries_or_camt", "entries");
	if (camt != NULL) {
		*entries = json_object_new_array();
		json_own(rq->arena, *entries);
		fault = camt_read(
		    rq->arena, camt, strlen(camt), add_entry, *entries, &line);
		return fault == NULL ? PROBLEM_NONE
				     : request_refuse(rq, fault, "camt053",
					   request_number(rq, line));
	}
	if ((n = json_object_array_length(*entries)) > ENTRIES_MAX)
		return request_refuse(
		    rq, "at_most", "entries", request_number(rq, ENTRIES_MAX));
	for (i = 0; i < n && err == PROBLEM_NONE; i++)
		err = check_entry(rq, json_object_array_get_idx(*entries, i));
	return err;
}

static enum problem_code
take_statement(struct request *rq, struct response *rs)
{
	struct json_object *body, *entries;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_entries(rq, body, &entries)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_take_payout_statement(
		rq->arena, .entries = json_text(entries)));
}
