/* Verifies OpenID Connect ID tokens (Core 1.0, 3.1.3.7). */

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
#include "lib/crypto/jose.h"

#define FRESH_US INT64_C(3600000000)
#define AGAIN_US INT64_C(3000000) /* between two fetches of the keys */
#define KEYS_MAX 64
#define LEEWAY   60 /* seconds of clock skew */

static struct json_object *
refuse_token(const struct provider *p, const char *why)
{
	log_error("id_token provider=%s error=\"%s\"", p->id, why);
	return NULL;
}

/*
 * Adds a key. Ignores encryption keys, unsupported types and symmetric keys,
 * because an issuer never publishes a secret.
 */
static void
add_key(struct key_ring *ring, struct json_object *one)
{
	const char *why, *type = json_get_text(one, "kty");
	const struct jose_key *key;

	if (type != NULL && strcmp(type, "oct") != 0 &&
	    (key = jose_key_read(ring->memory, one, &why)) != NULL)
		ring->keys[ring->nkeys++] = key;
}

/* Replaces the keys with the issuer's current keys. */
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
	p->ring.keys = arena_array(p->ring.memory, n + 1, sizeof *p->ring.keys);
	for (i = 0; i < n; i++)
		add_key(&p->ring, json_object_array_get_idx(list, i));
	return true;
}

/*
 * Returns true if a key has signed the token. The kid header selects the key.
 * Without kid, every key is tried.
 */
static bool
signed_by(const struct key_ring *ring, const struct jose_token *t)
{
	const char *kid;
	size_t i;

	for (i = 0; i < ring->nkeys; i++) {
		kid = jose_key_id(ring->keys[i]);
		if (t->kid != NULL && kid != NULL && strcmp(t->kid, kid) != 0)
			continue;
		if (jose_token_signed_by(t, ring->keys[i]))
			return true;
	}
	return false;
}

/* Verifies the signature. Fetches the keys again if no key matches. */
static bool
verify_signature(
    struct request *rq, struct provider *p, const struct jose_token *t)
{
	const struct endpoints *at;
	bool answered;

	if ((at = discovery_endpoints(rq, p, &answered)) == NULL)
		return false;
	if (p->ring.memory == NULL || clock_us() - p->ring.fetched > FRESH_US) {
		if (!fetch_keys(rq, p, at->keys))
			return false;
	} else if (signed_by(&p->ring, t))
		return true;
	else if (clock_us() - p->ring.fetched < AGAIN_US ||
	    !fetch_keys(rq, p, at->keys))
		return false;
	return signed_by(&p->ring, t);
}

static struct json_object *
signed_claims(struct request *rq, struct provider *p, const char *token)
{
	struct jose_token t;
	const char *fault = jose_token_read(rq->arena, token, &t);

	if (fault != NULL)
		return refuse_token(p, fault);
	if (!verify_signature(rq, p, &t))
		return refuse_token(
		    p, "the signature does not match a key of the issuer");
	return t.claims;
}

/*
 * Checks aud. If there are several audiences, azp is required. azp must be this
 * server's client ID.
 */
static bool
audience_matches(const struct provider *p, struct json_object *claims)
{
	const char *azp = json_get_text(claims, "azp");
	struct json_object *aud;
	bool present, issued, ours = false;
	size_t i;

	(void)json_get(claims, "azp", &issued);
	if (issued && (azp == NULL || strcmp(azp, p->client_id) != 0))
		return false;
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
	return ours && (issued || json_object_array_length(aud) == 1);
}

static bool
issuer_matches(const struct provider *p, const char *iss)
{
	if (iss == NULL)
		return false;
	/* Google uses its issuer both with and without "https://". */
	return strcmp(iss, p->issuer) == 0 ||
	    (strcmp(p->issuer, "https://accounts.google.com") == 0 &&
		strcmp(iss, "accounts.google.com") == 0);
}

/*
 * Returns a NumericDate claim in seconds since 1970, or 0 if the claim is
 * missing or invalid.
 */
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
