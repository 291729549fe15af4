/* Verifies ID tokens of OpenID Connect (Core 1.0, 3.1.3.7). */

#include <cjose/cjose.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/idtoken.h"
#include "fcgi/oidc/provider.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

#define FRESH_US  INT64_C(3600000000)
#define AGAIN_US  INT64_C(3000000) /* between two fetches of the keys */
#define KEYS_MAX  64
#define TOKEN_MAX 16384
#define RSA_MIN   2048
#define LEEWAY    60 /* seconds of clock skew */

struct key {
	const char *kid; /* or NULL */
	const char *alg; /* or NULL */
	cjose_jwk_t *jwk;
};

static struct json_object *
refuse_token(const struct provider *p, const char *why)
{
	log_error("id_token provider=%s error=\"%s\"", p->id, why);
	return NULL;
}

static void
release_key(void *jwk)
{
	cjose_jwk_release(jwk);
}

/* Adds a key; ignores encryption keys and unsupported types. */
static void
add_key(struct key_ring *ring, struct json_object *one)
{
	const char *use = json_get_text(one, "use"), *text, *kid, *alg;
	cjose_err why = { 0 };
	cjose_jwk_t *jwk;

	if (use != NULL && strcmp(use, "sig") != 0)
		return;
	text = json_text(one);
	if ((jwk = cjose_jwk_import(text, strlen(text), &why)) == NULL)
		return;
	arena_defer(ring->memory, release_key, jwk);
	kid = json_get_text(one, "kid");
	alg = json_get_text(one, "alg");
	ring->keys[ring->nkeys++] = (struct key){ .jwk = jwk,
		.kid = kid != NULL ? arena_strdup(ring->memory, kid) : NULL,
		.alg = alg != NULL ? arena_strdup(ring->memory, alg) : NULL };
}

/* Replaces the keys by those that the issuer publishes now. */
static bool
fetch_keys(struct request *rq, struct provider *p, const char *url)
{
	struct fetch what = { .url = url };
	struct json_object *list;
	bool present;
	size_t i, n;

	list = json_get(fetch(rq, &what), "keys", &present);
	if (!json_object_is_type(list, json_type_array))
		return false;
	if (p->ring.memory != NULL)
		arena_free(p->ring.memory);
	p->ring =
	    (struct key_ring){ .memory = arena_new(), .fetched = clock_us() };
	n = json_object_array_length(list);
	if (n > KEYS_MAX)
		n = KEYS_MAX;
	p->ring.keys = arena_array(p->ring.memory, n + 1, sizeof(struct key));
	for (i = 0; i < n; i++)
		add_key(&p->ring, json_object_array_get_idx(list, i));
	return true;
}

static const char *
header_text(cjose_jws_t *jws, const char *name)
{
	cjose_err why = { 0 };

	return cjose_header_get(cjose_jws_get_protected(jws), name, &why);
}

/*
 * True if the key has the type of the algorithm and is strong enough.  Only
 * RS256 and ES256 are accepted.
 */
static bool
key_supports(const struct key *key, const char *alg)
{
	cjose_err why = { 0 };
	cjose_jwk_kty_t kind = cjose_jwk_get_kty(key->jwk, &why);

	if (key->alg != NULL && strcmp(key->alg, alg) != 0)
		return false;
	if (strcmp(alg, CJOSE_HDR_ALG_RS256) == 0)
		return kind == CJOSE_JWK_KTY_RSA &&
		    cjose_jwk_get_keysize(key->jwk, &why) >= RSA_MIN;
	return strcmp(alg, CJOSE_HDR_ALG_ES256) == 0 &&
	    kind == CJOSE_JWK_KTY_EC &&
	    cjose_jwk_EC_get_curve(key->jwk, &why) == CJOSE_JWK_EC_P_256;
}

/* The header kid selects a key; without it, every key is tried. */
static bool
signed_by(const struct key_ring *ring, cjose_jws_t *jws)
{
	const char *alg = header_text(jws, CJOSE_HDR_ALG);
	const char *kid = header_text(jws, CJOSE_HDR_KID);
	cjose_err why = { 0 };
	size_t i;

	for (i = 0; i < ring->nkeys; i++) {
		const struct key *key = &ring->keys[i];

		if (kid != NULL && key->kid != NULL &&
		    strcmp(kid, key->kid) != 0)
			continue;
		if (key_supports(key, alg) &&
		    cjose_jws_verify(jws, key->jwk, &why))
			return true;
	}
	return false;
}

/* Verifies the signature; fetches the keys again if none matches. */
static bool
verify_signature(struct request *rq, struct provider *p, cjose_jws_t *jws)
{
	const struct endpoints *at;
	bool answered;

	if ((at = discovery_endpoints(rq, p, &answered)) == NULL)
		return false;
	if (p->ring.memory == NULL || clock_us() - p->ring.fetched > FRESH_US) {
		if (!fetch_keys(rq, p, at->keys))
			return false;
	} else if (signed_by(&p->ring, jws))
		return true;
	else if (clock_us() - p->ring.fetched < AGAIN_US ||
	    !fetch_keys(rq, p, at->keys))
		return false;
	return signed_by(&p->ring, jws);
}

static void
release_jws(void *jws)
{
	cjose_jws_release(jws);
}

/* True for a header with alg and without critical extensions (crit). */
static bool
header_supported(cjose_jws_t *jws)
{
	cjose_err why = { 0 };
	char *crit =
	    cjose_header_get_raw(cjose_jws_get_protected(jws), "crit", &why);

	if (crit != NULL)
		cjose_get_dealloc()(crit);
	return crit == NULL && header_text(jws, CJOSE_HDR_ALG) != NULL;
}

static struct json_object *
signed_claims(struct request *rq, struct provider *p, const char *token)
{
	struct json_object *claims;
	struct json_error error;
	cjose_err why = { 0 };
	cjose_jws_t *jws;
	uint8_t *text;
	size_t len;

	if (strlen(token) > TOKEN_MAX)
		return refuse_token(p, "the token is too long");
	if ((jws = cjose_jws_import(token, strlen(token), &why)) == NULL)
		return refuse_token(p, "the token is not a JWS");
	arena_defer(rq->arena, release_jws, jws);
	if (!header_supported(jws))
		return refuse_token(
		    p, "the header has no alg, or critical extensions");
	if (!verify_signature(rq, p, jws))
		return refuse_token(
		    p, "the signature does not match a key of the issuer");
	if (!cjose_jws_get_plaintext(jws, &text, &len, &why))
		return refuse_token(p, "the token has no payload");
	claims = json_parse(rq->arena, (const char *)text, len, &error);
	return json_object_is_type(claims, json_type_object)
	    ? claims
	    : refuse_token(p, "the payload is not a JSON object");
}

/* Checks aud; with several audiences, azp must be our client id. */
static bool
audience_matches(const struct provider *p, struct json_object *claims)
{
	const char *azp = json_get_text(claims, "azp");
	struct json_object *aud;
	bool present, ours = false;
	size_t i;

	aud = json_get(claims, "aud", &present);
	if (json_object_is_type(aud, json_type_string))
		return strcmp(json_object_get_string(aud), p->client_id) == 0;
	if (!json_object_is_type(aud, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(aud); i++) {
		struct json_object *one = json_object_array_get_idx(aud, i);

		ours |= json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), p->client_id) == 0;
	}
	if (json_object_array_length(aud) > 1 &&
	    (azp == NULL || strcmp(azp, p->client_id) != 0))
		return false;
	return ours;
}

static bool
issuer_matches(const struct provider *p, const char *iss)
{
	if (iss == NULL)
		return false;
	/* Google uses both forms. */
	return strcmp(iss, p->issuer) == 0 ||
	    (strcmp(p->issuer, "https://accounts.google.com") == 0 &&
		strcmp(iss, "accounts.google.com") == 0);
}

/* A NumericDate claim in seconds since 1970; 0 if missing or invalid. */
static int64_t
date_claim(struct json_object *claims, const char *name)
{
	bool present;
	struct json_object *value = json_get(claims, name, &present);

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return 0;
	return json_object_get_int64(value);
}

struct json_object *
idtoken_claims(struct request *rq, struct provider *p, const char *token,
    const char *nonce)
{
	struct json_object *claims = signed_claims(rq, p, token);
	const char *used;
	int64_t now = time(NULL);

	if (claims == NULL)
		return NULL;
	if (!issuer_matches(p, json_get_text(claims, "iss")))
		return refuse_token(p, "iss is another issuer");
	if (!audience_matches(p, claims))
		return refuse_token(p, "aud or azp is another client");
	if (date_claim(claims, "exp") <= now - LEEWAY)
		return refuse_token(p, "the token is expired");
	if (date_claim(claims, "iat") > now + LEEWAY ||
	    date_claim(claims, "nbf") > now + LEEWAY)
		return refuse_token(p, "the token is not valid yet");
	used = json_get_text(claims, "nonce");
	if (nonce != NULL && (used == NULL || strcmp(used, nonce) != 0))
		return refuse_token(p, "the nonce does not match");
	return claims;
}
