/* WebAuthn challenges and options, shared by registration and sign-in. */

#include "handlers/auth/passkey.h"

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"

#define CHALLENGE_BYTES   32
#define CHALLENGE_SECONDS 300

static const char cookie[] = "better-auth-passkey";

/*
 * Returns the RP ID. Browsers do not accept an IP address as RP ID, so the RP
 * ID for 127.0.0.1 is "localhost".
 */
const char *
passkey_rp_id(struct request *rq)
{
	const char *host = strstr(rq->config->base_url, "://") + 3;
	size_t len = strcspn(host, ":");

	if (*rq->config->rp_id != '\0')
		return rq->config->rp_id;
	host = arena_strndup(rq->arena, host, len);
	return strcmp(host, "127.0.0.1") == 0 ? "localhost" : host;
}

struct passkey_challenge
passkey_ask(struct request *rq)
{
	return (struct passkey_challenge){
		.text = token_base64url(rq->arena, CHALLENGE_BYTES),
		.secret = token_new(rq->arena),
	};
}

void
passkey_options(struct request *rq, struct response *rs,
    const struct passkey_challenge *challenge, const struct db_step *options)
{
	response_json(rs, 200, db_text(options, 0, 0), db_len(options, 0, 0));
	response_cookie(rs, rq, cookie, challenge->secret, CHALLENGE_SECONDS);
}

const char *
passkey_secret(struct request *rq)
{
	return better_auth_signed_cookie(rq, cookie);
}

/*
 * Returns the expected values. The general origin check accepts "null" from a
 * same-origin fetch, but a passkey requires a real origin.
 */
struct ceremony
passkey_ceremony(struct request *rq, const char *challenge)
{
	const char *origin = rq->headers.origin;

	return (struct ceremony){
		.challenge = challenge,
		.origin = origin_trusted(rq->config, origin) ? origin : NULL,
		.rp_id = passkey_rp_id(rq),
	};
}

void
passkey_enter(struct request *rq, struct response *rs, const char *token,
    const char *said)
{
	static const char start[] = "{\"session\":{";
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(
	    &b, "%s\"token\":\"%s\",%s", start, token, said + strlen(start));
	response_json(rs, 200, b.data, b.len);
	response_session(rs, rq, token, true);
}
