/* Webhooks: the resource, its secrets, tests and replays. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/fault_search.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/net/webhook_request.h"
#include "lib/storage/file_url.h"
#include "schema/ops/webhook.h"

static action_fn create_webhook, rotate_secret, test_webhook, test_address,
    replay_delivery, replay_failed;
static enum problem_code check_url(struct request *rq, const char *id,
    struct json_object *body, struct db_step *steps, size_t *nsteps);

static const struct body_field create_fields[] = {
	{ "url", BODY_STRING, BODY_FILLED },
	{ "events", BODY_LIST, 0 },
	{ "description", BODY_STRING_OR_NULL, 0 },
	{ "enabled", BODY_BOOLEAN, 0 },
	{ "payload_version", BODY_WHOLE, 0 },
	{ "external_ids", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct body_field test_fields[] = {
	{ "url", BODY_STRING, BODY_FILLED },
	{ "events", BODY_LIST, 0 },
	{ "id", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct body_field since_fields[] = {
	{ "since", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/webhooks", create_webhook, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .status = 201,
	    .body = create_fields,
	    .takes = "{events:[string],external_ids:ExternalIds}",
	    .summary = "Create a webhook, and show its secret",
	    .returns =
		"{secret:string,id:integer,url:string,events:[string],"
		"description:string?,enabled:boolean,payload_version:integer,"
		"failing_since:time?,disabled_reason:string?,created_at:time,"
		"updated_at:time,external_ids?:ExternalIds}" },
	{ METHOD_POST, "/api/webhooks/test", test_address, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_FETCHES | ROUTE_NO_IMPERSONATION,
	    .body = test_fields, .takes = "{events:[string]}", .either = "url",
	    .summary = "Send a sample event to an unsaved address",
	    .returns = "{event:string,status:integer?,ms:integer,"
		       "error:string?,answer:string}" },
	{ METHOD_POST, "/api/webhooks/{id}/rotate", rotate_secret,
	    SESSION_ADMIN, ROUTE_NO_IMPERSONATION,
	    .summary =
		"Rotate the secret; the previous secret is valid for a day",
	    .returns = "{secret:string,id:integer,old_until:time}" },
	{ METHOD_POST, "/api/webhooks/{id}/test", test_webhook, SESSION_ADMIN,
	    .summary = "Send a test event", .returns = "webhook_deliveries" },
	{ METHOD_POST, "/api/webhooks/{id}/replay", replay_failed,
	    SESSION_ADMIN, ROUTE_BODY, .body = since_fields,
	    .summary = "Resend all events that have failed since a time",
	    .returns = "{replayed:integer}" },
	{ METHOD_POST, "/api/webhook_deliveries/{id}/replay", replay_delivery,
	    SESSION_ADMIN, .summary = "Resend a delivery",
	    .returns = "webhook_deliveries" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "webhooks", .before_update = check_url },
	{ .resource = NULL },
};

const struct module webhooks_module = {
	.name = "webhooks",
	.hooks = hooks,
	.routes = routes,
};

#define TEST_MS 10000 /* short, because the user and a worker wait */

/* Checks the permission before reporting an invalid value. */
static enum problem_code
refuse_value(struct request *rq, const char *field, const char *code)
{
	struct db_step none = { .result = NULL };
	enum problem_code err = session_read(rq, &none, 0);

	return err != PROBLEM_NONE ? err : request_refuse(rq, code, field);
}

/* Requires HTTPS. The database checks everything else. */
static enum problem_code
check_url(struct request *rq, const char *id, struct json_object *body,
    struct db_step *steps, size_t *nsteps)
{
	const char *url = json_get_text(body, "url");

	(void)id;
	(void)steps;
	(void)nsteps;
	if (url == NULL || rq->config->private_webhooks ||
	    strncmp(url, "https://", 8) == 0)
		return PROBLEM_NONE;
	return refuse_value(rq, "url", "https_required");
}

/*
 * Responds with the secret, which is generated here and shown once. No column
 * of the resource shows it. A retry with the same Idempotency-Key generates the
 * same secret, so the stored response need not contain it.
 */
static enum problem_code
answer_written(struct request *rq, struct response *rs, int status,
    struct db_step *row, const char *secret)
{
	enum problem_code err = response_row(rq, rs, status, row);

	if (err != PROBLEM_NONE)
		return err;
	rs->body = arena_printf(rq->arena, "{\"secret\":\"whsec_%s\",%s",
	    base64_encode(rq->arena, secret, strlen(secret)), rs->body + 1);
	rs->body_len = strlen(rs->body);
	return PROBLEM_NONE;
}

static enum problem_code
answer_secret(struct request *rq, struct response *rs, int status,
    struct db_step steps[2], const char *secret)
{
	enum problem_code err;

	steps[1].answer = true;
	err = session_write(rq, steps, 2);
	return err != PROBLEM_NONE
	    ? err
	    : answer_written(rq, rs, status, &steps[1], secret);
}

#define NEW_WEBHOOK                                                            \
	"json_build_object('id', w.id, 'url', w.url, 'events', w.events, "     \
	"'description', w.description, 'enabled', w.enabled, "                 \
	"'payload_version', w.payload_version, 'failing_since', "              \
	"w.failing_since, 'disabled_reason', w.disabled_reason, "              \
	"'created_at', w.created_at, 'updated_at', w.updated_at)::text"
#define OF_NEW_WEBHOOK                                                         \
	" FROM crm.webhooks w WHERE w.id = "                                   \
	"current_setting('app.row_id')::bigint"

/* Adds the steps that store the external IDs, if any, and read the row. */
static enum problem_code
put_row(struct request *rq, struct json_object *body, struct db_step *steps,
    size_t *n)
{
	const struct resource *r = resource_named(rq, "webhooks");
	bool given = external_ids_given(r, body);
	enum problem_code err;

	if (given) {
		if ((err = external_ids_check(rq, r, body)) != PROBLEM_NONE)
			return err;
		external_ids_put(rq, r, body, false, &steps[(*n)++]);
	}
	steps[(*n)++] = (struct db_step){
		.sql = given ? SQL("SELECT left(" NEW_WEBHOOK
				   ", -1) || ', \"external_ids\" : ' || "
				   "crm.external_ids_of('webhooks', "
				   "w.id)::text || '}'" OF_NEW_WEBHOOK)
			     : SQL("SELECT " NEW_WEBHOOK OF_NEW_WEBHOOK),
		.answer = true,
	};
	return PROBLEM_NONE;
}

/* Builds the steps that create a webhook and read it. */
static enum problem_code
put_webhook(struct request *rq, const void *of, struct json_object *body,
    struct db_step *steps, size_t *n)
{
	const char *secret = of, **params;
	struct json_object *events, *enabled;
	enum problem_code err = check_url(rq, NULL, body, NULL, NULL);
	bool there;

	if (err != PROBLEM_NONE)
		return err;
	events = json_get(body, "events", &there);
	enabled = json_get(body, "enabled", &there);
	params = arena_array(rq->arena, 6, sizeof *params);
	params[0] = json_get_text(body, "url");
	params[1] = events != NULL ? json_text(events) : NULL;
	params[2] = json_get_text(body, "description");
	params[3] = enabled != NULL ? json_text(enabled) : NULL;
	params[4] = secretbox_seal(rq->arena, rq->config->secret, secret);
	params[5] = body_whole(body, "payload_version");
	steps[(*n)++] = (struct db_step){
		.sql = SQL("INSERT INTO crm.webhooks (url, events, "
			   "description, enabled, secret, "
			   "payload_version) VALUES ($1, "
			   "coalesce($2::jsonb, '[\"*\"]'), $3, "
			   "coalesce($4::boolean, true), $5, $6::smallint) "
			   "RETURNING "
			   "set_config('app.row_id', id::text, true)"),
		.params = params,
		.nparams = 6,
	};
	return put_row(rq, body, steps, n);
}

static enum problem_code
create_webhook(struct request *rq, struct response *rs)
{
	const char *secret = session_new_token(rq, "webhook");
	struct db_step steps[3];
	struct json_object *body = NULL;
	enum problem_code err;
	size_t n = 0;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = put_webhook(rq, secret, body, steps, &n)) != PROBLEM_NONE ||
	    (err = session_write(rq, steps, n)) != PROBLEM_NONE)
		return fault_search_by(rq, body, put_webhook, secret);
	return answer_written(rq, rs, 201, &steps[n - 1], secret);
}

/* Rotates the secret. The previous secret remains valid for a day. */
static enum problem_code
rotate_secret(struct request *rq, struct response *rs)
{
	const char *secret = session_new_token(rq, "webhook");
	const char *params[] = { rq->id,
		secretbox_seal(rq->arena, rq->config->secret, secret) };
	struct db_step steps[] = {
		{ .sql = SQL("UPDATE crm.webhooks SET old_secret = secret, "
			     "old_until = now() + interval '1 day', "
			     "secret = $2 WHERE id = $1::bigint"),
		    .params = params,
		    .nparams = 2 },
		{ .sql = SQL("SELECT json_build_object('id', w.id, "
			     "'old_until', w.old_until)::text "
			     "FROM crm.webhooks w WHERE w.id = $1::bigint"),
		    .params = params,
		    .nparams = 1 },
	};
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE ? err
				   : answer_secret(rq, rs, 200, steps, secret);
}

static enum problem_code
answer_webhook(struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE ? err : answer_write(rq, rs, step);
}

static enum problem_code
test_webhook(struct request *rq, struct response *rs)
{
	return answer_webhook(
	    rq, rs, ops_test_webhook(rq->arena, .webhook = rq->id));
}

/* Uses a random secret if there is no secret that the receiver knows. */
static const char *
sample_secret(struct request *rq, const struct db_step *sample)
{
	const char *sealed = db_text(sample, 0, WEBHOOK_SAMPLE_SECRET);

	return sealed != NULL
	    ? secretbox_open(rq->arena, rq->config->secrets, sealed)
	    : session_new_token(rq, "webhook");
}

static void
send_sample(struct request *rq, const struct db_step *sample, const char *url,
    struct http_reply *reply)
{
	struct http_request t = webhook_request(rq->config, url);

	t.body = db_text(sample, 0, WEBHOOK_SAMPLE_BODY);
	t.body_len = strlen(t.body);
	t.body = file_url_absolute(
	    rq->arena, t.body, &t.body_len, rq->config->base_url);
	t.headers = webhook_headers(rq->arena,
	    db_text(sample, 0, WEBHOOK_SAMPLE_MESSAGE_ID),
	    sample_secret(rq, sample), NULL, t.body);
	t.ms = TEST_MS;
	if (t.headers != NULL)
		http_client_send(rq->arena, NULL, &t, reply);
	else
		reply->error = WEBHOOK_SECRET_LOST;
	log_info("webhook test=yes status=%ld ms=%ld error=\"%s\"",
	    reply->status, reply->ms, reply->error != NULL ? reply->error : "");
}

/*
 * Tests an address. The worker holds no transaction while it waits for the
 * receiver.
 */
static enum problem_code
test_address(struct request *rq, struct response *rs)
{
	struct arena *a = rq->arena;
	struct db_step sample, note, kept = { .result = NULL };
	struct http_reply reply = { .status = 0 };
	struct json_object *body, *events;
	const char *url, *id;
	enum problem_code err;
	bool there;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	events = json_get(body, "events", &there);
	id = body_whole(body, "id");
	url = json_get_text(body, "url");
	sample = ops_webhook_sample(a, .url = url, .webhook = id,
	    .events = events != NULL ? json_text(events) : NULL);
	if ((err = check_url(rq, NULL, body, NULL, NULL)) != PROBLEM_NONE ||
	    (err = session_read(rq, &sample, 1)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	if (kept.result != NULL)
		return response_row(rq, rs, 200, &kept);
	if (db_text(&sample, 0, WEBHOOK_SAMPLE_BODY) == NULL)
		return request_refuse(rq, "not_found");
	send_sample(rq, &sample, url, &reply);
	note = ops_note_webhook_test(a, .webhook = id, .url = url,
	    .event = db_text(&sample, 0, WEBHOOK_SAMPLE_EVENT),
	    .status = arena_printf(a, "%ld", reply.status),
	    .ms = arena_printf(a, "%ld", reply.ms), .error = reply.error,
	    .answer = webhook_answer(a, &reply));
	return answer_write(rq, rs, note);
}

static enum problem_code
replay_delivery(struct request *rq, struct response *rs)
{
	return answer_webhook(
	    rq, rs, ops_replay_delivery(rq->arena, .id = rq->id));
}

static enum problem_code
replay_failed(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *since;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	since = json_get_text(body, "since");
	if (since == NULL || !value_text_fits(VALUE_TIMESTAMP, since))
		return refuse_value(rq, "since", "moment_iso");
	return answer_webhook(rq, rs,
	    ops_replay_failed(rq->arena, .webhook = rq->id, .since = since));
}
