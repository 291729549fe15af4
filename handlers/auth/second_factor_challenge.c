/* Asks for a second factor after a sign-in, unless the device is trusted. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"

#define CHALLENGE_SECONDS 600
#define TRUST_SECONDS     2592000

const char *
second_factor_challenge_new_trust(struct request *rq)
{
	return arena_printf(rq->arena, "trust-device-%s",
	    session_new_token(rq, "trust-device"));
}

/*
 * Returns the secret in a cookie "MAC!SECRET". The MAC and the database row
 * bind the secret to its user. This function checks only the signature of the
 * cookie.
 */
static const char *
trusted_device_secret(struct request *rq)
{
	const char *text = better_auth_signed_cookie(rq, "trust_device");
	const char *secret = text != NULL ? strchr(text, '!') : NULL;

	return secret != NULL ? secret + 1 : text;
}

void
second_factor_challenge_init(
    struct second_factor_challenge *challenge, struct request *rq)
{
	struct buf b;

	challenge->secret = arena_printf(
	    rq->arena, "2fa-%.20s", session_new_token(rq, "two-factor"));
	challenge->trusted = trusted_device_secret(rq);
	challenge->renewed = second_factor_challenge_new_trust(rq);
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"challenge\":\"%s\",\"renewed\":\"%s\",\"mail\":%s",
	    challenge->secret, challenge->renewed,
	    rq->config->two_factor_mail ? "true" : "false");
	if (challenge->trusted != NULL) {
		buf_puts(&b, ",\"trusted\":");
		buf_json(&b, challenge->trusted);
	}
	buf_puts(&b, "}");
	challenge->json = b.data;
}

/* Returns a member of the database's JSON if it is an object. */
static struct json_object *
json_member(struct request *rq, const char *said, const char *name)
{
	struct json_error error;
	struct json_object *o =
	    json_parse(rq->arena, said, strlen(said), &error);
	bool present;

	return o != NULL ? json_get(o, name, &present) : NULL;
}

bool
second_factor_challenge_answer(const struct second_factor_challenge *challenge,
    struct request *rq, struct response *rs, const char *said, bool remember)
{
	if (json_member(rq, said, "twoFactorRedirect") == NULL)
		return false;
	response_json(rs, 200, said, strlen(said));
	if (!remember)
		response_cookie(rs, rq, "dont_remember", "true", -1);
	if (challenge->trusted != NULL)
		response_cookie(rs, rq, "trust_device", NULL, 0);
	response_cookie(rs, rq, "session_token", NULL, 0);
	response_cookie(rs, rq, "session_data", NULL, 0);
	response_cookie(
	    rs, rq, "two_factor", challenge->secret, CHALLENGE_SECONDS);
	return true;
}

void
second_factor_challenge_renew(const struct second_factor_challenge *challenge,
    struct request *rq, struct response *rs, const char *user)
{
	struct json_object *id = json_member(rq, user, "id");

	/* A session without a challenge means that the device is trusted. */
	if (json_truthy(json_member(rq, user, "twoFactorEnabled")) &&
	    id != NULL)
		second_factor_challenge_trust(
		    rq, rs, json_object_get_string(id), challenge->renewed);
}

void
second_factor_challenge_trust(struct request *rq, struct response *rs,
    const char *user_id, const char *secret)
{
	const char *mac = token_mac_url(rq->arena, rq->config->secret,
	    arena_printf(rq->arena, "%s!%s", user_id, secret));

	response_cookie(rs, rq, "trust_device",
	    arena_printf(rq->arena, "%s!%s", mac, secret), TRUST_SECONDS);
}
