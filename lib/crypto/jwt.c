/* Signs and verifies JSON Web Tokens with HMAC-SHA256 (RFC 7519, HS256). */

#include <json-c/json.h>
#include <openssl/crypto.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/jwt.h"
#include "lib/crypto/token.h"

#define TOKEN_MAX 4096 /* bytes; the claims have at most two addresses */

static const char header[] = "eyJhbGciOiJIUzI1NiJ9."; /* {"alg":"HS256"} */
#define HEADER_LEN (sizeof header - 1)

static const char *
hs256(struct arena *a, const char *secret, const char *text, size_t len)
{
	unsigned char mac[DIGEST_LEN];

	digest_keyed(secret, strlen(secret), text, len, mac);
	return base64url_encode(a, mac, sizeof mac);
}

const char *
jwt_sign(struct arena *a, const char *secret, const char *claims)
{
	const char *text = arena_printf(
	    a, "%s%s", header, base64url_encode(a, claims, strlen(claims)));

	return arena_printf(
	    a, "%s.%s", text, hs256(a, secret, text, strlen(text)));
}

/* Returns the claims of a token with a valid signature, or NULL. */
static struct json_object *
open_token(struct arena *a, const char *secret, const char *token)
{
	const char *body = token + HEADER_LEN, *dot, *mac;
	struct json_error error;
	unsigned char *claims;
	size_t len;

	if (strlen(token) > TOKEN_MAX ||
	    strncmp(token, header, HEADER_LEN) != 0 ||
	    (dot = strchr(body, '.')) == NULL)
		return NULL;
	mac = hs256(a, secret, token, (size_t)(dot - token));
	if (strlen(dot + 1) != strlen(mac) ||
	    CRYPTO_memcmp(dot + 1, mac, strlen(mac)) != 0)
		return NULL;
	claims = base64url_decode(
	    a, arena_strndup(a, body, (size_t)(dot - body)), &len);
	return claims == NULL ? NULL
			      : json_parse(a, (char *)claims, len, &error);
}

enum jwt_verdict
jwt_verify(struct arena *a, const char *secrets, const char *token, time_t now,
    struct json_object **claims)
{
	struct json_object *all = NULL, *exp;
	const char *secret;
	bool present;

	*claims = NULL;
	while (all == NULL && (secret = token_secret(a, &secrets)) != NULL)
		all = open_token(a, secret, token);
	if (!json_object_is_type(all, json_type_object))
		return JWT_FORGED;
	exp = json_get(all, "exp", &present);
	if (!json_object_is_type(exp, json_type_int))
		return JWT_FORGED;
	if (json_object_get_int64(exp) <= (int64_t)now)
		return JWT_EXPIRED;
	*claims = all;
	return JWT_GOOD;
}
