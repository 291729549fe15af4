/* JSON Web Tokens for other services, and the keys that verify them. */

#include <string.h>
#include <time.h>

#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/signing_key.h"
#include "schema/identity/signing_key.h"

static action_fn get_jwks, get_token;

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/token", get_token, SESSION_USER,
	    .summary = "Get a signed token that identifies the caller to other "
		       "servers",
	    .returns = "{token:string}" },
	{ METHOD_GET, "/api/auth/jwks", get_jwks,
	    .summary = "Get the keys that verify signed tokens",
	    .returns = "{keys:[{kty:string,crv:string,alg:string,use:string,x:"
		       "string,kid:string}]}" },
	{ .action = NULL },
};

const struct module tokens_module = { .name = "tokens", .routes = routes };

#define LIFE_SECONDS 900

/*
 * Creates a signing key that replaces the old key, if there is one. If a
 * concurrent request was faster, that request's key is used.
 */
static enum problem_code
make_key(struct request *rq, const char *instead)
{
	struct signing_key s = signing_key_new(rq->arena, rq->config->secret);
	struct db_step step = identity_keep_signing_key(rq->arena,
	    .key_id = s.id, .public_key = s.public_key,
	    .private_key = s.private_key, .instead = instead);

	return session_write(rq, &step, 1);
}

/* Responds with the public keys (RFC 7517). */
static enum problem_code
get_jwks(struct request *rq, struct response *rs)
{
	struct db_step step = identity_public_keys(rq->arena);
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL) {
		if ((err = make_key(rq, NULL)) != PROBLEM_NONE ||
		    (err = session_read(rq, &step, 1)) != PROBLEM_NONE)
			return err;
	}
	return response_row(rq, rs, 200, &step);
}

/*
 * Builds the claims from the step's row. org and role are present only if an
 * organization is active.
 */
static const char *
token_claims(struct request *rq, const struct db_step *step)
{
	const char *org = db_text(step, 0, TOKEN_CLAIMS_ORG),
		   *role = db_text(step, 0, TOKEN_CLAIMS_ROLE);
	long long now = (long long)time(NULL);
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"sub\":");
	buf_json(&b, db_text(step, 0, TOKEN_CLAIMS_SUBJECT));
	buf_puts(&b, ",\"iss\":");
	buf_json(&b, rq->config->base_url);
	buf_puts(&b, ",\"aud\":");
	buf_json(&b, rq->config->base_url);
	if (org != NULL && role != NULL)
		buf_printf(&b, ",\"org\":\"%s\",\"role\":\"%s\"", org, role);
	buf_printf(&b, ",\"iat\":%lld,\"exp\":%lld}", now, now + LIFE_SECONDS);
	return b.data;
}

static enum problem_code
find_claims(struct request *rq, struct db_step *step)
{
	*step = identity_token_claims(rq->arena);
	return session_read(rq, step, 1);
}

/*
 * Returns a signed token, or NULL if the secret cannot decrypt the signing key.
 */
static const char *
signed_token(struct request *rq, const struct db_step *step)
{
	struct signing_key s = { .id = db_text(step, 0, TOKEN_CLAIMS_KEY_ID),
		.private_key = db_text(step, 0, TOKEN_CLAIMS_PRIVATE_KEY) };

	return s.id == NULL ? NULL
			    : signing_key_sign(rq->arena, rq->config->secrets,
				  &s, token_claims(rq, step));
}

static enum problem_code
get_token(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct db_step step;
	const char *jws;

	if ((err = find_claims(rq, &step)) != PROBLEM_NONE)
		return err;
	if ((jws = signed_token(rq, &step)) == NULL) {
		if ((err = make_key(rq, db_text(&step, 0, 0))) !=
			PROBLEM_NONE ||
		    (err = find_claims(rq, &step)) != PROBLEM_NONE)
			return err;
		jws = signed_token(rq, &step);
	}
	if (jws == NULL)
		return request_refuse(rq, "no_signing_key");
	jws = arena_printf(rq->arena, "{\"token\":\"%s\"}", jws);
	response_json(rs, 200, jws, strlen(jws));
	return PROBLEM_NONE;
}
