/* An organization's accounts with payment providers, and their events. */

#include <string.h>
#include <time.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/net/payment_provider.h"
#include "schema/identity/sandbox.h"
#include "schema/membership/payment_provider.h"

static action_fn list_providers, put_provider, delete_provider, take_event;

static const struct body_field provider_fields[] = {
	{ "key", BODY_STRING, BODY_FILLED },
	{ "signing_secret", BODY_STRING, BODY_FILLED },
	{ "enabled", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/payment_providers", list_providers, SESSION_ADMIN,
	    .summary = "List the payment providers of the organization",
	    .returns = "[{id:string,enabled:boolean,events_path:string,"
		       "key:string?,signing_secret:string?,"
		       "created_at:time,updated_at:time}]" },
	{ METHOD_PUT, "/api/payment_providers/{id}", put_provider,
	    SESSION_ADMIN, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = provider_fields,
	    .summary = "Add or update a payment provider",
	    .returns = "{id:string,enabled:boolean,events_path:string,"
		       "key:string?,signing_secret:string?,"
		       "created_at:time,updated_at:time}" },
	{ METHOD_DELETE, "/api/payment_providers/{id}", delete_provider,
	    SESSION_ADMIN, ROUTE_NO_IMPERSONATION,
	    .summary = "Remove a payment provider with its keys",
	    .returns = "{id:string}" },
	{ METHOD_POST, "/api/payment_events/{endpoint}", take_event,
	    SESSION_NONE, ROUTE_PLAIN | ROUTE_SECRET | ROUTE_BODY,
	    .summary = "Receive an event from a payment provider" },
	{ .action = NULL },
};

const struct module payment_providers_module = {
	.name = "payment_providers",
	.org_module = "membership",
	.routes = routes,
};

#define KEY_MAX 512

static enum problem_code
list_providers(struct request *rq, struct response *rs)
{
	return answer_read(
	    rq, rs, membership_list_payment_providers(rq->arena));
}

/*
 * Checks and encrypts a key, which is sent in an HTTP header without encoding.
 */
static enum problem_code
seal_key(struct request *rq, const struct json_object *body, const char *name,
    const char **sealed)
{
	const char *key = json_get_text(body, name), *s;

	*sealed = NULL;
	if (key == NULL)
		return PROBLEM_NONE;
	for (s = key; *s > 0x20 && *s < 0x7f; s++)
		continue;
	if (*s != '\0' || s == key || s - key > KEY_MAX)
		return request_refuse(rq, "printable_characters", name,
		    request_number(rq, KEY_MAX));
	*sealed = secretbox_seal(rq->arena, rq->config->secret, key);
	return PROBLEM_NONE;
}

static bool
is_test_key(const struct payment_provider *provider, const char *key)
{
	const char *const *begin;

	for (begin = provider->test_keys; *begin != NULL; begin++)
		if (strncmp(key, *begin, strlen(*begin)) == 0)
			return true;
	return false;
}

static enum problem_code
put_provider(struct request *rq, struct response *rs)
{
	const struct payment_provider *provider =
	    payment_provider_named(rq->id);
	const char *key, *signing;
	struct json_object *body, *enabled;
	struct db_step steps[2];
	enum problem_code err;
	size_t n = 0;
	bool present;

	if (provider == NULL)
		return request_refuse(rq, "no_such_provider");
	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = seal_key(rq, body, "key", &key)) != PROBLEM_NONE ||
	    (err = seal_key(rq, body, "signing_secret", &signing)) !=
		PROBLEM_NONE)
		return err;
	enabled = json_get(body, "enabled", &present);
	if (key != NULL && !is_test_key(provider, json_get_text(body, "key")))
		steps[n++] = identity_refuse_live_key(rq->arena);
	steps[n] =
	    membership_set_payment_provider(rq->arena, .provider = rq->id,
		.encrypted_key = key, .encrypted_signing = signing,
		.enabled = enabled != NULL ? json_text(enabled) : NULL);
	steps[n].answer = true;
	if ((err = session_write(rq, steps, n + 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[n]);
}

static enum problem_code
delete_provider(struct request *rq, struct response *rs)
{
	return answer_write(rq, rs,
	    membership_delete_payment_provider(rq->arena, .provider = rq->id));
}

/* Checks the signature. No part of the body is parsed before this check. */
static enum problem_code
check_signature(struct request *rq, const struct payment_provider **provider)
{
	struct db_step step =
	    membership_payment_endpoint(rq->arena, .endpoint = rq->id);
	const char *sealed, *secret = NULL;
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&step) == 0 ||
	    (*provider = payment_provider_named(
		 db_text(&step, 0, PAYMENT_ENDPOINT_PROVIDER))) == NULL)
		return request_refuse(rq, "no_such_path");
	sealed = db_text(&step, 0, PAYMENT_ENDPOINT_ENCRYPTED_SIGNING);
	if (sealed != NULL)
		secret = secretbox_open(rq->arena, rq->config->secrets, sealed);
	if (secret != NULL &&
	    (*provider)->signed_by(rq->arena, secret,
		rq->headers.payment_signature, rq->body, rq->body_len,
		(long long)time(NULL)))
		return PROBLEM_NONE;
	log_info(
	    "payment_event refused=signature address=%s", rq->headers.address);
	return request_refuse(rq, "notice_signature");
}

/*
 * Acknowledges irrelevant events, because the provider would repeat a refused
 * event.
 */
static enum problem_code
take_event(struct request *rq, struct response *rs)
{
	const struct payment_provider *provider = NULL;
	static const char none[] = "{\"received\":true,\"effect\":\"none\"}";
	struct json_object *body, *event;
	struct db_step step;
	enum problem_code err;

	if ((err = check_signature(rq, &provider)) != PROBLEM_NONE ||
	    (err = request_json(rq, &body)) != PROBLEM_NONE)
		return err;
	if ((event = provider->read_event(rq->arena, body)) == NULL) {
		response_json(rs, 200, none, sizeof none - 1);
		return PROBLEM_NONE;
	}
	step = membership_take_payment_event(
	    rq->arena, .endpoint = rq->id, .event = json_text(event));
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
