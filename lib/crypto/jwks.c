/* Verifies JSON Web Tokens of another issuer with its keys (RFC 7517, 7519). */

#include <json-c/json.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/jwks.h"

#define KEYS_MAX    64
#define TOKEN_MAX   16384 /* bytes */
#define SUBJECT_MAX 255
#define COORD_LEN   32                  /* of P-256 */
#define POINT_LEN   (1 + 2 * COORD_LEN) /* uncompressed */
#define SIG_LEN     ((size_t)2 * COORD_LEN)

enum algorithm { HS256, ES256 };

static const char *const names[] = { [HS256] = "HS256", [ES256] = "ES256" };

struct key {
	const char *kid; /* or NULL */
	enum algorithm algorithm;
	const unsigned char *secret; /* of HS256 */
	size_t len;
	EVP_PKEY *public; /* of ES256 */
};

struct jwks {
	struct key *keys;
	size_t n;
};

/* A token in its parts; text is what is signed. */
struct token {
	const char *text;
	size_t text_len;
	struct json_object *header;
	struct json_object *claims;
	const unsigned char *signature;
	size_t signature_len;
};

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

static const char *
read_secret(struct arena *a, struct json_object *jwk, struct key *key)
{
	const char *text = json_get_text(jwk, "k");

	key->algorithm = HS256;
	if (text == NULL ||
	    (key->secret = base64url_decode(a, text, &key->len)) == NULL)
		return "k must be base64url";
	/* RFC 7518, 3.2 */
	return key->len < DIGEST_LEN ? "k must have at least 32 bytes" : NULL;
}

/* The public key at a point of P-256; NULL if it is none. */
static EVP_PKEY *
make_public(struct arena *a, unsigned char *point)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(
		    OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	if (ctx == NULL)
		fatal("jwks: out of memory");
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	if (key != NULL)
		arena_defer(a, free_key, key);
	return key;
}

static bool
read_coordinate(struct arena *a, struct json_object *jwk, const char *name,
    unsigned char *into)
{
	const char *text = json_get_text(jwk, name);
	const unsigned char *bytes;
	size_t len;

	if (text == NULL || (bytes = base64url_decode(a, text, &len)) == NULL ||
	    len != COORD_LEN)
		return false;
	memcpy(into, bytes, COORD_LEN);
	return true;
}

static const char *
read_public(struct arena *a, struct json_object *jwk, struct key *key)
{
	const char *curve = json_get_text(jwk, "crv");
	unsigned char point[POINT_LEN] = { 0x04 };

	key->algorithm = ES256;
	if (curve == NULL || strcmp(curve, "P-256") != 0)
		return "crv must be P-256";
	if (!read_coordinate(a, jwk, "x", point + 1) ||
	    !read_coordinate(a, jwk, "y", point + 1 + COORD_LEN) ||
	    (key->public = make_public(a, point)) == NULL)
		return "x and y must be a point of P-256";
	return NULL;
}

static const char *
read_key(struct arena *a, struct json_object *jwk, struct key *key)
{
	const char *type, *use, *alg, *why;
	bool named;

	if (!json_object_is_type(jwk, json_type_object))
		return "must be an object";
	type = json_get_text(jwk, "kty");
	if (type != NULL && strcmp(type, "oct") == 0)
		why = read_secret(a, jwk, key);
	else if (type != NULL && strcmp(type, "EC") == 0)
		why = read_public(a, jwk, key);
	else
		why = "kty must be oct or EC";
	if (why != NULL)
		return why;
	use = json_get_text(jwk, "use");
	if (use != NULL && strcmp(use, "sig") != 0)
		return "use must be sig";
	alg = json_get_text(jwk, "alg");
	if (alg != NULL && strcmp(alg, names[key->algorithm]) != 0)
		return "alg must be HS256 of oct and ES256 of EC";
	key->kid = json_get_text(jwk, "kid");
	(void)json_get(jwk, "kid", &named);
	return named && key->kid == NULL ? "kid must be a string" : NULL;
}

static const struct key *
find_kid(const struct jwks *set, const char *kid)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->keys[i].kid != NULL &&
		    strcmp(set->keys[i].kid, kid) == 0)
			return &set->keys[i];
	return NULL;
}

const struct jwks *
jwks_read(struct arena *a, const char *text, size_t len, const char **why)
{
	struct json_object *root, *list;
	struct json_error error;
	struct jwks *set;
	bool present;
	size_t i, n;

	root = json_parse(a, text, len, &error);
	list = json_object_is_type(root, json_type_object)
	    ? json_get(root, "keys", &present)
	    : NULL;
	*why = "must be JSON, {\"keys\":[...]} with 1 to 64 keys";
	if (!json_object_is_type(list, json_type_array) ||
	    (n = json_object_array_length(list)) == 0 || n > KEYS_MAX)
		return NULL;
	set = arena_array(a, 1, sizeof *set);
	set->keys = arena_array(a, n, sizeof *set->keys);
	for (i = 0; i < n; i++) {
		struct key key = { .kid = NULL };

		*why = read_key(a, json_object_array_get_idx(list, i), &key);
		if (*why == NULL && key.kid != NULL &&
		    find_kid(set, key.kid) != NULL)
			*why = "kid must be unique";
		if (*why != NULL) {
			*why = arena_printf(a, "key %zu: %s", i + 1, *why);
			return NULL;
		}
		set->keys[set->n++] = key;
	}
	return set;
}

/* The bytes of a part of the token; NULL if it is not base64url. */
static unsigned char *
read_part(struct arena *a, const char *part, const char *end, size_t *len)
{
	return base64url_decode(
	    a, arena_strndup(a, part, (size_t)(end - part)), len);
}

/* A JSON object; NULL if it is none. */
static struct json_object *
read_object(struct arena *a, const char *part, const char *end)
{
	struct json_object *object;
	struct json_error error;
	unsigned char *text;
	size_t len;

	text = read_part(a, part, end, &len);
	object = text != NULL ? json_parse(a, (char *)text, len, &error) : NULL;
	return json_object_is_type(object, json_type_object) ? object : NULL;
}

/* Splits a token without verifying it. */
static bool
read_token(struct arena *a, const char *text, struct token *t)
{
	const char *payload, *signature;

	if (strlen(text) > TOKEN_MAX || (payload = strchr(text, '.')) == NULL ||
	    (signature = strchr(payload + 1, '.')) == NULL)
		return false;
	t->text = text;
	t->text_len = (size_t)(signature - text);
	t->header = read_object(a, text, payload);
	t->claims = read_object(a, payload + 1, signature);
	t->signature =
	    read_part(a, signature + 1, text + strlen(text), &t->signature_len);
	return t->header != NULL && t->claims != NULL && t->signature != NULL;
}

/* The key that verifies the token; NULL if none or several could. */
static const struct key *
find_key(const struct jwks *set, const char *kid, const char *alg)
{
	const struct key *found = NULL;
	size_t i;

	if (kid != NULL)
		return find_kid(set, kid);
	for (i = 0; i < set->n; i++) {
		if (strcmp(names[set->keys[i].algorithm], alg) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &set->keys[i];
	}
	return found;
}

static bool
verify_hs256(const struct key *key, const struct token *t)
{
	unsigned char mac[DIGEST_LEN];

	digest_keyed(key->secret, key->len, t->text, t->text_len, mac);
	return t->signature_len == sizeof mac &&
	    CRYPTO_memcmp(t->signature, mac, sizeof mac) == 0;
}

/* DER of a signature that a token has as r and s, 32 bytes each. */
static int
encode_signature(const struct token *t, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(t->signature, COORD_LEN, NULL);
	BIGNUM *s = BN_bin2bn(t->signature + COORD_LEN, COORD_LEN, NULL);
	int len;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1)
		fatal("jwks: out of memory");
	len = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return len;
}

static bool
verify_es256(const struct key *key, const struct token *t)
{
	unsigned char *der = NULL;
	EVP_MD_CTX *ctx;
	bool good;
	int len;

	if (t->signature_len != SIG_LEN)
		return false;
	len = encode_signature(t, &der);
	if (len <= 0 || (ctx = EVP_MD_CTX_new()) == NULL)
		fatal("jwks: out of memory");
	good = EVP_DigestVerifyInit(
		   ctx, NULL, EVP_sha256(), NULL, key->public) == 1 &&
	    EVP_DigestVerify(ctx, der, (size_t)len,
		(const unsigned char *)t->text, t->text_len) == 1;
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	return good;
}

static const char *
verify_signature(const struct jwks *set, const struct token *t)
{
	const char *alg = json_get_text(t->header, "alg");
	const char *kid = json_get_text(t->header, "kid");
	const struct key *key;
	bool named, critical;

	(void)json_get(t->header, "kid", &named);
	(void)json_get(t->header, "crit", &critical);
	if (alg == NULL || critical || (named && kid == NULL))
		return "the header of the token is not supported";
	if ((key = find_key(set, kid, alg)) == NULL)
		return "the token names no key that is known here";
	if (strcmp(names[key->algorithm], alg) != 0)
		return "the algorithm of the token is not that of its key";
	if (key->algorithm == HS256 ? !verify_hs256(key, t)
				    : !verify_es256(key, t))
		return "the signature of the token does not match";
	return NULL;
}

/* False if the claim is present and no number.  *at: seconds since 1970. */
static bool
date_claim(
    struct json_object *claims, const char *name, bool *present, double *at)
{
	struct json_object *value = json_get(claims, name, present);

	*at = 0;
	if (!*present)
		return true;
	*at = json_object_get_double(value);
	return json_object_is_type(value, json_type_int) ||
	    json_object_is_type(value, json_type_double);
}

static const char *
check_times(struct json_object *claims, const struct jwks_rules *rules)
{
	double now = (double)rules->now, skew = (double)rules->skew;
	double expires, from, issued;
	bool expiring, present;

	if (!date_claim(claims, "exp", &expiring, &expires) ||
	    !date_claim(claims, "nbf", &present, &from) ||
	    !date_claim(claims, "iat", &present, &issued))
		return "a time in the token is not a number";
	if (!expiring)
		return "the token has no expiry";
	if (expires + skew <= now)
		return "the token has expired";
	if (from > now + skew || issued > now + skew)
		return "the token is not valid yet";
	return NULL;
}

static bool
audience_matches(struct json_object *claims, const char *audience)
{
	struct json_object *list, *one;
	bool present;
	size_t i;

	list = json_get(claims, "aud", &present);
	if (json_object_is_type(list, json_type_string))
		return strcmp(json_object_get_string(list), audience) == 0;
	for (i = 0; json_object_is_type(list, json_type_array) &&
	     i < json_object_array_length(list);
	     i++) {
		one = json_object_array_get_idx(list, i);
		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), audience) == 0)
			return true;
	}
	return false;
}

static const char *
check_claims(struct json_object *claims, const struct jwks_rules *rules)
{
	const char *issuer = json_get_text(claims, "iss"), *subject;

	if (issuer == NULL || strcmp(issuer, rules->issuer) != 0)
		return "the token is of another issuer";
	if (!audience_matches(claims, rules->audience))
		return "the token is for another audience";
	subject = json_get_text(claims, "sub");
	if (subject == NULL || *subject == '\0' ||
	    strlen(subject) > SUBJECT_MAX)
		return "the token has no subject";
	return check_times(claims, rules);
}

const char *
jwks_verify(struct arena *a, const struct jwks *set,
    const struct jwks_rules *rules, const char *text,
    struct json_object **claims)
{
	struct token t;
	const char *fault;

	*claims = NULL;
	if (!read_token(a, text, &t))
		return "the token is malformed";
	if ((fault = verify_signature(set, &t)) != NULL ||
	    (fault = check_claims(t.claims, rules)) != NULL)
		return fault;
	*claims = t.claims;
	return NULL;
}
