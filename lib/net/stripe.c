/*
 * The client for Stripe: payment intents, refunds, and events about payment
 * intents, refunds and disputes.
 */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/card_number.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"
#include "lib/net/http_client.h"
#include "lib/net/payment_provider.h"

#define API "2024-06-20" /* the version of the API that this file uses */
/* Maximum number of seconds between the time of a signature and now. */
#define TOLERANCE  300
#define REASON_MAX 500
#define PAGE       "100" /* maximum number of refunds per page */
#define HEX_LEN    (2 * DIGEST_LEN)

/*
 * Returns how many units of the API make one minor unit. ISK and UGX have no
 * minor unit, but two decimals in the API.
 */
static long
units_of(const char *currency)
{
	return strcasecmp(currency, "ISK") == 0 ||
		strcasecmp(currency, "UGX") == 0
	    ? 100
	    : 1;
}

static void
put(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		form_put(b, name, value);
}

static void
put_metadata(struct buf *b, const struct json_object *p)
{
	put(b, "metadata[organization]", json_get_text(p, "organization"));
	put(b, "metadata[payment]", json_get_text(p, "payment"));
}

static void
put_amount(struct arena *a, struct buf *b, const struct json_object *p)
{
	put(b, "amount",
	    arena_printf(a, "%lld",
		strtoll(json_get_text(p, "amount"), NULL, 10) *
		    units_of(json_get_text(p, "currency"))));
}

/*
 * Adds the parameters of a charge. It is off-session: the payer is not present
 * to confirm anything.
 */
static void
put_charge(struct arena *a, struct buf *b, const struct json_object *p)
{
	put_amount(a, b, p);
	put(b, "currency", arena_lower(a, json_get_text(p, "currency")));
	put(b, "payment_method", json_get_text(p, "method"));
	put(b, "customer", json_get_text(p, "customer"));
	put(b, "description", json_get_text(p, "description"));
	put(b, "confirm", "true");
	put(b, "off_session", "true");
	put(b, "automatic_payment_methods[enabled]", "true");
	put(b, "automatic_payment_methods[allow_redirects]", "never");
	put_metadata(b, p);
}

/*
 * Charges a payment. A retry uses the same payment intent, so that the payment
 * cannot succeed twice.
 */
static const char *
put_call(struct arena *a, struct buf *b, const struct payment_call *call)
{
	const struct json_object *p = call->parameters;
	const char *object = json_get_text(p, "object");
	const char *intent = "/v1/payment_intents";

	if (strcmp(call->kind, "refund") == 0) {
		put(b, "payment_intent", object);
		put_metadata(b, p);
		/* A refund requested by an earlier version has no ID. */
		if (json_get_text(p, "refund") != NULL) {
			put_amount(a, b, p);
			put(b, "metadata[refund]", json_get_text(p, "refund"));
		}
		return "/v1/refunds";
	}
	if (strcmp(call->kind, "cancel") == 0)
		return arena_printf(
		    a, "%s/%s/cancel", intent, url_encode(a, object));
	if (object == NULL) {
		put_charge(a, b, p);
		return intent;
	}
	put(b, "payment_method", json_get_text(p, "method"));
	put(b, "off_session", "true");
	return arena_printf(a, "%s/%s/confirm", intent, url_encode(a, object));
}

static bool
is_lookup(const struct payment_call *call)
{
	return strcmp(call->kind, "find_refund") == 0;
}

static const char *
list_url(struct arena *a, const struct payment_call *call, const char *url)
{
	struct buf b;

	buf_init(&b, a);
	put(&b, "payment_intent", json_get_text(call->parameters, "object"));
	put(&b, "limit", PAGE);
	put(&b, "starting_after", json_get_text(call->parameters, "after"));
	return arena_printf(a, "%s/v1/refunds?%s", url, b.data);
}

static void
write_call(struct arena *a, const struct payment_call *call, const char *url,
    struct http_request *rq)
{
	const char **headers = arena_array(a, 5, sizeof *headers);
	struct buf b;

	headers[0] = arena_printf(a, "Authorization: Bearer %s", call->key);
	headers[1] = "Stripe-Version: " API;
	rq->headers = headers;
	if (is_lookup(call)) {
		rq->method = "GET";
		rq->url = list_url(a, call, url);
		return;
	}
	buf_init(&b, a);
	rq->url = arena_printf(a, "%s%s", url, put_call(a, &b, call));
	headers[2] = "Content-Type: application/x-www-form-urlencoded";
	headers[3] =
	    arena_printf(a, "Idempotency-Key: %s", call->idempotency_key);
	rq->method = "POST";
	rq->body = b.data;
	rq->body_len = b.len;
}

static struct json_object *
member(const struct json_object *o, const char *name)
{
	bool present;

	return json_get(o, name, &present);
}

/* Returns the meaning of a payment intent's status. */
static const char *
intent_outcome(const char *status)
{
	if (status == NULL)
		return "pending";
	if (strcmp(status, "succeeded") == 0)
		return "succeeded";
	if (strcmp(status, "canceled") == 0)
		return "cancelled";
	return strcmp(status, "requires_payment_method") == 0 ? "failed"
							      : "pending";
}

/*
 * Returns true if a refund failed. A pending refund counts as refunded until it
 * fails.
 */
static bool
refund_failed(const char *status)
{
	return status != NULL &&
	    (strcmp(status, "failed") == 0 || strcmp(status, "canceled") == 0);
}

/*
 * Returns a text such as "card_declined: Your card was declined." A text that
 * quotes a card number is omitted.
 */
static const char *
error_reason(struct arena *a, const struct json_object *error)
{
	const char *code = json_get_text(error, "decline_code"),
		   *message = json_get_text(error, "message");

	if (code == NULL)
		code = json_get_text(error, "code");
	if (code == NULL)
		code = json_get_text(error, "type");
	if (message == NULL || card_number_in(message))
		return code;
	return arena_printf(a, "%s%s%.*s", code != NULL ? code : "",
	    code != NULL ? ": " : "", REASON_MAX, message);
}

/*
 * Reads an error. A 4xx status means that nothing was done, unless a different
 * request is in progress.
 */
static void
read_error(struct arena *a, const struct payment_call *call, long status,
    const struct json_object *error, struct payment_answer *answer)
{
	const struct json_object *intent = member(error, "payment_intent");
	const char *code = json_get_text(error, "code"),
		   *type = json_get_text(error, "type");

	answer->reason = error_reason(a, error);
	if (status == 401 || status == 403 || status == 409 || status == 429 ||
	    status < 400 || status >= 500 ||
	    (type != NULL && strcmp(type, "idempotency_error") == 0))
		return;
	answer->object = json_get_text(intent, "id");
	if (code != NULL &&
	    strcmp(code, "payment_intent_unexpected_state") == 0)
		answer->outcome =
		    intent_outcome(json_get_text(intent, "status"));
	else
		answer->outcome = "refused";
	/* The outcome "failed" exists only for charges. */
	if (strcmp(call->kind, "charge") != 0 &&
	    strcmp(answer->outcome, "failed") == 0)
		answer->outcome = "refused";
}

static void
add(struct json_object *to, const char *name, const char *text)
{
	if (text != NULL)
		json_object_object_add(to, name, json_object_new_string(text));
}

/* Adds the amount in minor units as text. */
static void
add_amount(struct arena *a, struct json_object *to,
    const struct json_object *from, const char *name)
{
	const char *currency = json_get_text(from, "currency");
	char *upper;
	size_t i;

	if (currency == NULL)
		return;
	upper = arena_strdup(a, currency);
	for (i = 0; upper[i] != '\0'; i++)
		if (upper[i] >= 'a' && upper[i] <= 'z')
			upper[i] = (char)(upper[i] - 'a' + 'A');
	add(to, "currency", upper);
	add(to, "amount",
	    arena_printf(a, "%lld",
		(long long)json_object_get_int64(member(from, name)) /
		    units_of(currency)));
}

/* Returns NULL if the refund is not about a payment intent. */
static struct json_object *
read_refund(struct arena *a, const struct json_object *from)
{
	struct json_object *refund, *made = member(from, "created");
	const char *status = json_get_text(from, "status");

	if (json_get_text(from, "id") == NULL ||
	    json_get_text(from, "payment_intent") == NULL)
		return NULL;
	refund = json_object_new_object();
	add(refund, "id", json_get_text(from, "id"));
	add(refund, "refund",
	    json_get_text(member(from, "metadata"), "refund"));
	add(refund, "status", refund_failed(status) ? "failed" : "refunded");
	add(refund, "reason", json_get_text(from, "failure_reason"));
	add_amount(a, refund, from, "amount");
	if (json_object_is_type(made, json_type_int))
		json_share(refund, "made_at", made);
	return refund;
}

/*
 * Reads one page of a payment intent's refunds. Any other response does not
 * prove that a refund is missing.
 */
static void
read_refunds(struct arena *a, const struct payment_call *call,
    const struct json_object *list, struct payment_answer *answer)
{
	const struct json_object *data = member(list, "data"),
				 *more = member(list, "has_more"), *one;
	const char *object = json_get_text(list, "object"), *intent;
	struct json_object *refund;
	bool whole;
	size_t i,
	    n = json_object_is_type(data, json_type_array)
	    ? json_object_array_length(data)
	    : 0;

	answer->reason = "the response is not a list of its refunds";
	if (object == NULL || strcmp(object, "list") != 0 ||
	    !json_object_is_type(data, json_type_array) ||
	    !json_object_is_type(more, json_type_boolean) ||
	    (json_object_get_boolean(more) && n == 0))
		return;
	answer->refunds = json_object_new_array();
	json_own(a, answer->refunds);
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(data, i);
		intent = json_get_text(one, "payment_intent");
		if ((refund = read_refund(a, one)) == NULL)
			return;
		json_object_array_add(answer->refunds, refund);
		whole =
		    json_object_is_type(member(one, "amount"), json_type_int) &&
		    json_get_text(one, "currency") != NULL;
		if (!whole ||
		    strcmp(intent, json_get_text(call->parameters, "object")) !=
			0)
			return;
		answer->after = json_get_text(one, "id");
	}
	if (!json_object_get_boolean(more))
		answer->after = NULL;
	answer->outcome = "listed";
	answer->reason = NULL;
}

static void
read_reply(struct arena *a, const struct payment_call *call,
    const struct http_reply *reply, struct payment_answer *answer)
{
	struct json_error at = { 0 };
	struct json_object *o = reply->error == NULL
	    ? json_parse(a, reply->body.data, reply->body.len, &at)
	    : NULL;
	const char *status = json_get_text(o, "status");

	*answer = (struct payment_answer){ .outcome = NULL };
	if (o == NULL)
		answer->reason = reply->error != NULL
		    ? reply->error
		    : arena_printf(a, "status %ld", reply->status);
	else if (reply->status != 200)
		read_error(a, call, reply->status, member(o, "error"), answer);
	else if (is_lookup(call))
		read_refunds(a, call, o, answer);
	else if (strcmp(call->kind, "refund") == 0) {
		answer->refund = json_get_text(o, "id");
		answer->outcome =
		    refund_failed(status) ? "refused" : "refunded";
		answer->reason = json_get_text(o, "failure_reason");
	} else {
		answer->object = json_get_text(o, "id");
		answer->outcome = intent_outcome(status);
		if (strcmp(answer->outcome, "failed") == 0)
			answer->reason =
			    error_reason(a, member(o, "last_payment_error"));
	}
}

/* Compares in constant time. */
static bool
same_digest(const char *given, const char *want)
{
	unsigned char differs = 0;
	size_t i;

	for (i = 0; i < HEX_LEN; i++)
		differs |= (unsigned char)(given[i] ^ want[i]);
	return differs == 0;
}

/*
 * Checks a signature "t=1700000000,v1=HEX,v1=HEX,v0=...". Each v1 is an HMAC of
 * the time, a dot and the body, with one of the valid secrets.
 */
static bool
is_signed(struct arena *a, const char *secret, const char *signature,
    const char *body, size_t len, long long now)
{
	const char *part, *want = NULL;
	unsigned char digest[DIGEST_LEN];
	long long at = 0;
	size_t n;
	struct buf b;
	bool known = false;

	for (part = signature; *part != '\0'; part += n + (part[n] == ',')) {
		n = strcspn(part, ",");
		if (want == NULL && n > 2 && n < 20 &&
		    strncmp(part, "t=", 2) == 0 &&
		    strspn(part + 2, "0123456789") == n - 2) {
			at = strtoll(part + 2, NULL, 10);
			buf_init(&b, a);
			buf_write(&b, part + 2, n - 2);
			buf_puts(&b, ".");
			buf_write(&b, body, len);
			digest_keyed(
			    secret, strlen(secret), b.data, b.len, digest);
			want = hex_encode(a, digest, sizeof digest);
		} else if (want != NULL && n == HEX_LEN + 3 &&
		    strncmp(part, "v1=", 3) == 0)
			known |= same_digest(part + 3, want);
	}
	return known && at >= now - TOLERANCE && at <= now + TOLERANCE;
}

/*
 * Adds a dispute. An inquiry does not withdraw money, so it is not yet a
 * dispute.
 */
static bool
add_dispute(
    struct arena *a, struct json_object *to, const struct json_object *from)
{
	static const char *const known[][2] = {
		{ "needs_response", "open" },
		{ "under_review", "open" },
		{ "won", "won" },
		{ "lost", "lost" },
	};
	const char *status = json_get_text(from, "status");
	struct json_object *dispute, *due;
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (status != NULL && strcmp(status, known[i][0]) == 0)
			break;
	if (i == sizeof known / sizeof *known ||
	    json_get_text(from, "id") == NULL)
		return false;
	dispute = json_object_new_object();
	json_object_object_add(to, "dispute", dispute);
	add(dispute, "id", json_get_text(from, "id"));
	add(dispute, "status", known[i][1]);
	add(dispute, "reason", json_get_text(from, "reason"));
	add_amount(a, dispute, from, "amount");
	due = member(member(from, "evidence_details"), "due_by");
	if (json_object_is_type(due, json_type_int))
		json_share(dispute, "due_at", due);
	return true;
}

/* Adds the sum of a charge's refunds, including pending refunds. */
static bool
add_refunded(
    struct arena *a, struct json_object *to, const struct json_object *charge)
{
	struct json_object *refunded;

	if (!json_object_is_type(
		member(charge, "amount_refunded"), json_type_int))
		return false;
	refunded = json_object_new_object();
	json_object_object_add(to, "refunded", refunded);
	add_amount(a, refunded, charge, "amount_refunded");
	return true;
}

static bool
add_refund(
    struct arena *a, struct json_object *to, const struct json_object *from)
{
	struct json_object *refund = read_refund(a, from);

	if (refund != NULL)
		json_object_object_add(to, "refund", refund);
	return refund != NULL;
}

/*
 * The relevant events, which are about a payment intent, a charge, a refund or
 * a dispute.
 */
static const struct {
	const char *type;
	const char *object;  /* member with the ID of the payment intent */
	const char *outcome; /* outcome of the payment intent; NULL: call add */
	bool (*add)(struct arena *, struct json_object *to,
	    const struct json_object *about);
} kinds[] = {
	{ "payment_intent.succeeded", "id", "succeeded", NULL },
	{ "payment_intent.payment_failed", "id", "failed", NULL },
	{ "payment_intent.canceled", "id", "cancelled", NULL },
	{ "charge.refunded", "payment_intent", NULL, add_refunded },
	{ "refund.created", "payment_intent", NULL, add_refund },
	{ "refund.updated", "payment_intent", NULL, add_refund },
	{ "refund.failed", "payment_intent", NULL, add_refund },
	{ "charge.refund.updated", "payment_intent", NULL, add_refund },
	{ "charge.dispute.created", "payment_intent", NULL, add_dispute },
	{ "charge.dispute.updated", "payment_intent", NULL, add_dispute },
	{ "charge.dispute.closed", "payment_intent", NULL, add_dispute },
};

static struct json_object *
read_event(struct arena *a, const struct json_object *event)
{
	const struct json_object *about =
				     member(member(event, "data"), "object"),
				 *metadata = member(about, "metadata");
	const char *type = json_get_text(event, "type");
	struct json_object *out = json_object_new_object(),
			   *at = member(event, "created");
	size_t i;

	json_own(a, out);
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (type != NULL && strcmp(type, kinds[i].type) == 0)
			break;
	if (i == sizeof kinds / sizeof *kinds ||
	    json_get_text(event, "id") == NULL ||
	    !json_object_is_type(at, json_type_int))
		return NULL;
	add(out, "id", json_get_text(event, "id"));
	add(out, "kind", type);
	json_share(out, "at", at);
	add(out, "object", json_get_text(about, kinds[i].object));
	add(out, "organization", json_get_text(metadata, "organization"));
	add(out, "payment", json_get_text(metadata, "payment"));
	if (kinds[i].add != NULL)
		return kinds[i].add(a, out, about) ? out : NULL;
	add(out, "outcome", kinds[i].outcome);
	add_amount(a, out, about, "amount_received");
	add(out, "reason",
	    error_reason(a, member(about, "last_payment_error")));
	return out;
}

static const char *const test_keys[] = { "sk_test_", "rk_test_", NULL };

const struct payment_provider stripe = {
	.name = "stripe",
	.url = "https://api.stripe.com",
	.test_keys = test_keys,
	.write = write_call,
	.read = read_reply,
	.signed_by = is_signed,
	.read_event = read_event,
};
