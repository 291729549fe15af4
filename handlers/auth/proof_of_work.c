/*
 * Proof of work: a client that may not sign in because of others' failed
 * attempts spends processor time instead of waiting.
 *
 * A challenge is a signed token with a random id and an end.  The proof is the
 * challenge, a colon and any text, so that their SHA-256 begins with so many
 * zero bits.
 */

#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/auth/proof_of_work.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/jwt.h"
#include "lib/crypto/token.h"

#define LIFE      120 /* seconds */
#define PROOF_MAX 512

static bool
has_work(struct request *rq, const char *proof)
{
	const char *hex = digest_text(rq->arena, proof);
	long bits = 4 * (long)strspn(hex, "0");

	hex += bits / 4;
	bits += *hex == '1' ? 3 : *hex < '4' ? 2 : *hex < '8' ? 1 : 0;
	return bits >= rq->config->proof_of_work;
}

const char *
proof_of_work_read(struct request *rq)
{
	const char *proof = rq->headers.captcha, *id;
	struct json_object *claims;

	if (rq->config->proof_of_work == 0 || strlen(proof) > PROOF_MAX ||
	    strchr(proof, ':') == NULL || !has_work(rq, proof) ||
	    jwt_verify(rq->arena, rq->config->secrets,
		arena_strndup(rq->arena, proof, strcspn(proof, ":")),
		time(NULL), &claims) != JWT_GOOD)
		return NULL;
	id = json_get_text(claims, "work");
	return id != NULL && *id != '\0' ? id : NULL;
}

static enum problem_code
get_challenge(struct request *rq, struct response *rs)
{
	const char *claims, *text;

	if (rq->config->proof_of_work == 0)
		return request_refuse(rq, "proof_of_work_off");
	claims = arena_printf(rq->arena, "{\"work\":\"%s\",\"exp\":%lld}",
	    token_new(rq->arena), (long long)time(NULL) + LIFE);
	text = arena_printf(rq->arena, "{\"challenge\":\"%s\",\"bits\":%ld}",
	    jwt_sign(rq->arena, rq->config->secret, claims),
	    rq->config->proof_of_work);
	response_json(rs, 200, text, strlen(text));
	return PROBLEM_NONE;
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/proof-of-work", get_challenge, SESSION_NONE, 0,
	    .returns = "{challenge:string,bits:integer}",
	    .summary = "A challenge for a client that would have to wait "
		       "before signing in" },
	{ .action = NULL },
};

const struct module proof_of_work_module = { .name = "proof_of_work",
	.routes = routes };
