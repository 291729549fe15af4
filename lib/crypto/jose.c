/* Verifies JSON Web Tokens with cjose. */

#include <cjose/cjose.h>
#include <json-c/json.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/jose.h"

#define TOKEN_MAX 16384 /* bytes */
#define RSA_MIN   2048  /* bits */

struct jose_key {
	cjose_jwk_t *jwk;
	const char *kid; /* or NULL */
	const char *alg; /* an algorithm of the table below */
};

/* A key without alg has the first algorithm for its type and curve. */
static const struct algorithm {
	const char *name;
	const char *type;
	size_t bits;  /* minimum size of the key; fixed for curves */
	size_t curve; /* curve of an EC key */
} algorithms[] = {
	{ "RS256", "RSA", RSA_MIN, 0 },
	{ "RS384", "RSA", RSA_MIN, 0 },
	{ "RS512", "RSA", RSA_MIN, 0 },
	{ "PS256", "RSA", RSA_MIN, 0 },
	{ "PS384", "RSA", RSA_MIN, 0 },
	{ "PS512", "RSA", RSA_MIN, 0 },
	{ "ES256", "EC", 0, CJOSE_JWK_EC_P_256 },
	{ "ES384", "EC", 0, CJOSE_JWK_EC_P_384 },
	{ "ES512", "EC", 0, CJOSE_JWK_EC_P_521 },
	{ "HS256", "oct", 256, 0 },
	{ "HS384", "oct", 384, 0 },
	{ "HS512", "oct", 512, 0 },
	{ .name = NULL },
};

static void
release_key(void *jwk)
{
	cjose_jwk_release(jwk);
}

static size_t
curve_of(const cjose_jwk_t *jwk)
{
	cjose_err why = { 0 };

	return cjose_jwk_get_kty(jwk, &why) == CJOSE_JWK_KTY_EC
	    ? (size_t)cjose_jwk_EC_get_curve(jwk, &why)
	    : 0;
}

/* Returns a key's algorithm, or NULL if the key is not supported. */
static const char *
choose_algorithm(const cjose_jwk_t *jwk, const char *type, const char *alg)
{
	size_t curve = curve_of(jwk);
	const struct algorithm *a;
	cjose_err why = { 0 };

	for (a = algorithms; a->name != NULL; a++)
		if (strcmp(a->type, type) == 0 && a->curve == curve &&
		    (alg == NULL || strcmp(a->name, alg) == 0))
			return cjose_jwk_get_keysize(jwk, &why) >= a->bits
			    ? a->name
			    : NULL;
	return NULL;
}

/*
 * Returns true if all numbers are valid base64url. Padding inside base64url
 * would trigger an assertion in cjose 0.6 and end the process.
 */
static bool
numbers_are_base64url(struct arena *a, struct json_object *jwk)
{
	static const char *const numbers[] = { "k", "n", "e", "d", "p", "q",
		"dp", "dq", "qi", "x", "y", NULL };
	const char *const *name, *text;
	size_t len;

	for (name = numbers; *name != NULL; name++)
		if ((text = json_get_text(jwk, *name)) != NULL &&
		    base64url_decode(a, text, &len) == NULL)
			return false;
	return true;
}

const struct jose_key *
jose_key_read(struct arena *a, struct json_object *jwk, const char **why)
{
	const char *text = json_text(jwk), *type = json_get_text(jwk, "kty");
	const char *use = json_get_text(jwk, "use"), *kid, *alg;
	struct jose_key key = { .jwk = NULL }, *made;
	cjose_err error = { 0 };
	bool named, has_alg;

	kid = json_get_text(jwk, "kid");
	alg = json_get_text(jwk, "alg");
	(void)json_get(jwk, "kid", &named);
	(void)json_get(jwk, "alg", &has_alg);
	*why = "kid and alg must be strings, and use must be sig";
	if ((named && kid == NULL) || (has_alg && alg == NULL) ||
	    (use != NULL && strcmp(use, "sig") != 0))
		return NULL;
	*why = "must be a key of the type oct, EC or RSA";
	if (type == NULL || !numbers_are_base64url(a, jwk) ||
	    (key.jwk = cjose_jwk_import(text, strlen(text), &error)) == NULL)
		return NULL;
	arena_defer(a, release_key, key.jwk);
	*why = "alg must be one of the key's type, for which it is long enough";
	if ((key.alg = choose_algorithm(key.jwk, type, alg)) == NULL)
		return NULL;
	key.kid = kid != NULL ? arena_strdup(a, kid) : NULL;
	made = arena_array(a, 1, sizeof *made);
	*made = key;
	return made;
}

const char *
jose_key_id(const struct jose_key *key)
{
	return key->kid;
}

const char *
jose_key_algorithm(const struct jose_key *key)
{
	return key->alg;
}

/* Decodes a JSON object from base64url. Returns NULL if it is invalid. */
static struct json_object *
read_object(struct arena *a, const char *part, const char *end)
{
	struct json_object *object;
	struct json_error error;
	unsigned char *text;
	size_t len;

	text = base64url_decode(
	    a, arena_strndup(a, part, (size_t)(end - part)), &len);
	object = text != NULL ? json_parse(a, (char *)text, len, &error) : NULL;
	return json_object_is_type(object, json_type_object) ? object : NULL;
}

const char *
jose_token_read(struct arena *a, const char *text, struct jose_token *t)
{
	const char *payload, *signature;
	struct json_object *header;
	bool named, critical;
	size_t len;

	*t = (struct jose_token){ .text = text };
	if (strlen(text) > TOKEN_MAX || (payload = strchr(text, '.')) == NULL ||
	    (signature = strchr(payload + 1, '.')) == NULL ||
	    base64url_decode(a, signature + 1, &len) == NULL ||
	    (header = read_object(a, text, payload)) == NULL ||
	    (t->claims = read_object(a, payload + 1, signature)) == NULL)
		return "the token is malformed";
	t->alg = json_get_text(header, "alg");
	t->kid = json_get_text(header, "kid");
	(void)json_get(header, "kid", &named);
	(void)json_get(header, "crit", &critical);
	return t->alg == NULL || critical || (named && t->kid == NULL)
	    ? "the header of the token is not supported"
	    : NULL;
}

bool
jose_token_signed_by(const struct jose_token *t, const struct jose_key *key)
{
	cjose_err why = { 0 };
	cjose_jws_t *jws;
	bool good;

	if (strcmp(t->alg, key->alg) != 0 ||
	    (jws = cjose_jws_import(t->text, strlen(t->text), &why)) == NULL)
		return false;
	good = cjose_jws_verify(jws, key->jwk, &why);
	cjose_jws_release(jws);
	return good;
}
