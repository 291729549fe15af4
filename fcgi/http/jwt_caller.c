/* Accepts bearer tokens from another issuer, such as a Supabase project. */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/jwt_caller.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/jwks.h"
#include "lib/crypto/token.h"
#include "schema/identity/token_session.h"

#define FILE_MAX 65536 /* bytes */
#define DATE_MAX 253402300799
#define HEADER   "eyJ" /* base64url of the beginning of a JSON object */

static bool
refuse_file(const char *file, const char *why)
{
	fprintf(stderr, "TENANTRY_JWT_KEYS=%s: %s\n", file, why);
	return false;
}

bool
jwt_caller_load(
    const struct jwks **jwks, struct arena *a, const struct config *config)
{
	const char *file = config->jwt_keys, *why = NULL;
	char *text;
	size_t len;
	bool failed;
	FILE *f;

	*jwks = NULL;
	if (*file == '\0')
		return true;
	if ((f = fopen(file, "re")) == NULL)
		return refuse_file(file, strerror(errno));
	text = arena_alloc(a, FILE_MAX);
	len = fread(text, 1, FILE_MAX, f);
	failed = ferror(f) != 0;
	fclose(f);
	if (failed || len == FILE_MAX)
		return refuse_file(file, "must be a file of less than 64 KiB");
	*jwks = jwks_read(a, text, len, &why);
	return *jwks != NULL || refuse_file(file, why);
}

bool
jwt_caller_find(struct request *rq)
{
	const char *bearer = rq->headers.authorization;

	if (rq->jwks == NULL || strncasecmp(bearer, "Bearer ", 7) != 0 ||
	    better_auth_path(rq))
		return false;
	bearer += 7 + strspn(bearer + 7, " ");
	if (strncmp(bearer, HEADER, strlen(HEADER)) != 0 ||
	    strchr(bearer, '.') == strrchr(bearer, '.'))
		return false;
	rq->jwt = bearer;
	return true;
}

/*
 * Returns the text that identifies a token's session. Each session at the
 * issuer corresponds to one session here. A token that does not name a session
 * gets a separate session.
 */
static const char *
session_of(struct request *rq, struct json_object *claims)
{
	const char *id = json_get_text(claims, "session_id");
	struct buf b;

	if (id == NULL)
		id = json_get_text(claims, "sid");
	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	buf_json(&b, json_get_text(claims, "iss"));
	buf_puts(&b, ",");
	buf_json(&b, json_get_text(claims, "sub"));
	buf_puts(&b, id != NULL ? ",\"session\"," : ",\"token\",");
	buf_json(&b, id != NULL ? id : rq->jwt);
	buf_puts(&b, "]");
	return token_derive(
	    rq->arena, rq->config->secret, "bearer token", b.data, b.len);
}

static enum problem_code
refuse(struct request *rq, const char *fault)
{
	return request_refuse(rq, "invalid_token", NULL, fault);
}

enum problem_code
jwt_caller_verify(struct request *rq)
{
	const struct jwks_rules rules = { .issuer = rq->config->jwt_issuer,
		.audience = rq->config->jwt_audience,
		.skew = rq->config->jwt_skew,
		.now = time(NULL) };
	struct json_object *claims;
	const char *fault;

	if (rq->jwt == NULL || rq->route->need == SESSION_NONE)
		return PROBLEM_NONE;
	/*
	 * The token does not contain the time at which the user signed in at
	 * the issuer.
	 */
	if (rq->route->need == SESSION_FRESH)
		return refuse(rq, "this needs a session of this server");
	fault = jwks_verify(rq->arena, rq->jwks, &rules, rq->jwt, &claims);
	if (fault != NULL)
		return refuse(rq, fault);
	rq->claims = claims;
	rq->token = session_of(rq, claims);
	return PROBLEM_NONE;
}

/*
 * Reads a time in seconds since 1970, up to the year 9999. Returns 0 if the
 * claim is missing.
 */
static long long
date_claim(struct json_object *claims, const char *name)
{
	bool present;
	int64_t at = json_object_get_int64(json_get(claims, name, &present));

	return at < 0 ? 0 : at > DATE_MAX ? DATE_MAX : at;
}

struct db_step
jwt_caller_begin(struct request *rq)
{
	long long began = date_claim(rq->claims, "auth_time");

	if (began == 0)
		began = date_claim(rq->claims, "iat");
	return identity_begin_token_session(rq->arena,
	    .provider = rq->config->jwt_provider,
	    .subject = json_get_text(rq->claims, "sub"),
	    .token_hash = token_hash(rq->arena, rq->token),
	    .began = arena_printf(rq->arena, "%lld", began),
	    .ends = arena_printf(rq->arena, "%lld",
		date_claim(rq->claims, "exp") + rq->config->jwt_skew),
	    .address = rq->headers.address, .user_agent = request_agent(rq));
}
