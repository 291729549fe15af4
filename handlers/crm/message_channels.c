/* Channels that deliver messages to a secret URL. */

#include <stddef.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/secret_url.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/crm/message.h"
#include "schema/identity/secret_url.h"

static action_fn create_channel, list_channels, revoke_channel, receive_message;

static const struct body_field link_fields[] = {
	{ "name", BODY_STRING, BODY_FILLED },
	{ "channel", BODY_STRING, BODY_FILLED },
	{ "signed", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field message_fields[] = {
	{ "external_id", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "from", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "to", BODY_STRING, 0 },
	{ "thread_id", BODY_STRING, BODY_FILLED },
	{ "subject", BODY_STRING, 0 },
	{ "body", BODY_STRING, BODY_REQUIRED | BODY_MOST(100000) },
	{ "sent_at", BODY_STRING, BODY_FILLED },
	{ "metadata", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/message_channels", list_channels, SESSION_ADMIN,
	    .summary = "List the message channels",
	    .returns = "[MessageChannel]" },
	{ METHOD_POST, "/api/message_channels", create_channel, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .status = 201,
	    .body = link_fields, .either = "channel",
	    .summary = "Create the address of a message channel",
	    .returns = "MessageChannel" },
	{ METHOD_DELETE, "/api/message_channels/{id}", revoke_channel,
	    SESSION_ADMIN, .summary = "Revoke a message channel",
	    .returns = "MessageChannel" },
	{ METHOD_POST, "/api/inbound/messages/{token}", receive_message,
	    SESSION_NONE, ROUTE_BODY | ROUTE_SECRET, .body = message_fields,
	    .summary = "Receive a message from a channel",
	    .returns = "{id:integer?}", .secret_url = true },
	{ .action = NULL },
};

const struct module message_channels_module = {
	.name = "message_channels",
	.routes = routes,
};

#define SIGNED "sha256="

/* Derives the secret from the token, so that no signing secret is stored. */
static const char *
derive_secret(struct request *rq, const char *secret, const char *token)
{
	return token_derive(
	    rq->arena, secret, "message signature", token, strlen(token));
}

static const char *
signing_secret(struct request *rq, const char *token)
{
	return derive_secret(rq, rq->config->secret, token);
}

static enum problem_code
create_channel(struct request *rq, struct response *rs)
{
	return secret_url_create(rq, rs,
	    &(struct secret_url){ .kind = "messages",
		.path = "/api/inbound/messages/",
		.suffix = "",
		.secret = signing_secret });
}

static enum problem_code
list_channels(struct request *rq, struct response *rs)
{
	return secret_url_list(rq, rs, "messages", "message_channels");
}

static enum problem_code
revoke_channel(struct request *rq, struct response *rs)
{
	return secret_url_delete(rq, rs, "messages");
}

/*
 * Returns true if X-Signature is the HMAC of the body with one of the channel's
 * secrets.
 */
static bool
is_signed_with(struct request *rq, const char *secret)
{
	const char *given = rq->headers.signature, *want;
	unsigned char digest[DIGEST_LEN];
	unsigned char differs = 0;
	size_t i, cut = strlen(SIGNED);

	token_digest(
	    derive_secret(rq, secret, rq->id), rq->body, rq->body_len, digest);
	want = hex_encode(rq->arena, digest, sizeof digest);
	if (strlen(given) != cut + 2 * DIGEST_LEN ||
	    strncmp(given, SIGNED, cut) != 0)
		return false;
	for (i = 0; i < 2 * DIGEST_LEN; i++)
		differs |= (unsigned char)(given[cut + i] ^ want[i]);
	return differs == 0;
}

static bool
is_signed(struct request *rq)
{
	const char *secrets = rq->config->secrets, *secret;

	while ((secret = token_secret(rq->arena, &secrets)) != NULL)
		if (is_signed_with(rq, secret))
			return true;
	return false;
}

static enum problem_code
receive_message(struct request *rq, struct response *rs)
{
	struct db_step steps[2] = {
		identity_begin_secret_url(rq->arena, .kind = "messages",
		    .token_hash = token_hash(rq->arena, rq->id)),
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	steps[1] = crm_receive_message(
	    rq->arena, .message = json_text(body), .proven = is_signed(rq));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}
