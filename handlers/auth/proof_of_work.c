/*
 * Proof of work. If other people's failed attempts delay a sign-in, the client
 * can spend processor time instead of waiting. A challenge is a signed token
 * with a random ID and an expiry. A proof is the challenge, a colon and a text,
 * such that its SHA-256 begins with the required number of zero bits.
 */

#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/auth/proof_of_work.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/jwt.h"
#include "lib/crypto/token.h"

static action_fn get_challenge;

static const struct route routes[] = {
	{ METHOD_GET, "/api/proof-of-work", get_challenge, SESSION_NONE, 0,
	    .returns = "{challenge:string,bits:integer}",
	    .summary =
		"Get a proof-of-work challenge, which replaces the delay "
		"of a sign-in" },
	{ .action = NULL },
};

const struct module proof_of_work_module = { .name = "proof_of_work",
	.routes = routes };

#define LIFE      120 /* seconds */
#define PROOF_MAX 512

static bool
has_work(struct request *rq, const char *proof, long wanted)
{
	const char *hex = digest_text(rq->arena, proof);
	long bits = 4 * (long)strspn(hex, "0");

	hex += bits / 4;
	bits += *hex == '1' ? 3 : *hex < '4' ? 2 : *hex < '8' ? 1 : 0;
	return bits >= wanted;
}

static bool
same_subject(const char *a, const char *b)
{
	return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b;
}

const char *
proof_of_work_check(struct request *rq, const char *proof, long bits,
    const char *subject, long long *begun)
{
	struct json_object *claims;
	const char *id;
	bool present;

	if (proof == NULL || strlen(proof) > PROOF_MAX ||
	    strchr(proof, ':') == NULL || !has_work(rq, proof, bits) ||
	    jwt_verify(rq->arena, rq->config->secrets,
		arena_strndup(rq->arena, proof, strcspn(proof, ":")),
		time(NULL), &claims) != JWT_GOOD ||
	    !same_subject(json_get_text(claims, "for"), subject))
		return NULL;
	*begun = json_object_get_int64(json_get(claims, "iat", &present));
	id = json_get_text(claims, "work");
	return id != NULL && *id != '\0' ? id : NULL;
}

const char *
proof_of_work_read(struct request *rq)
{
	long bits = rq->config->proof_of_work;
	long long begun;

	return bits == 0
	    ? NULL
	    : proof_of_work_check(rq, rq->headers.captcha, bits, NULL, &begun);
}

const char *
proof_of_work_challenge(struct request *rq, const char *subject, long life)
{
	long long now = (long long)time(NULL);
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(
	    &b, "{\"work\":\"%s\",\"iat\":%lld,", token_new(rq->arena), now);
	if (subject != NULL) {
		buf_puts(&b, "\"for\":");
		buf_json(&b, subject);
		buf_puts(&b, ",");
	}
	buf_printf(&b, "\"exp\":%lld}", now + life);
	return jwt_sign(rq->arena, rq->config->secret, b.data);
}

static enum problem_code
get_challenge(struct request *rq, struct response *rs)
{
	const char *text;

	if (rq->config->proof_of_work == 0)
		return request_refuse(rq, "proof_of_work_off");
	text = arena_printf(rq->arena, "{\"challenge\":\"%s\",\"bits\":%ld}",
	    proof_of_work_challenge(rq, NULL, LIFE), rq->config->proof_of_work);
	response_json(rs, 200, text, strlen(text));
	return PROBLEM_NONE;
}
