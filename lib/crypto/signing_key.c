/* Generates Ed25519 keys and signs JSON Web Tokens with them (RFC 8037). */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/signing_key.h"
#include "lib/crypto/token.h"

#define RAW_LEN 32
#define SIG_LEN 64

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

struct signing_key
signing_key_new(struct arena *a, const char *secret)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char private[RAW_LEN], public[RAW_LEN];
	size_t np = sizeof private, nq = sizeof public;
	struct signing_key s = { .id = token_new(a) };

	if (key == NULL ||
	    EVP_PKEY_get_raw_private_key(key, private, &np) != 1 ||
	    EVP_PKEY_get_raw_public_key(key, public, &nq) != 1)
		fatal("signing_key: cannot generate a key");
	arena_defer(a, free_key, key);
	s.private_key =
	    secretbox_seal(a, secret, base64url_encode(a, private, np));
	OPENSSL_cleanse(private, sizeof private);
	s.public_key = arena_printf(a,
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\","
	    "\"use\":\"sig\",\"x\":\"%s\",\"kid\":\"%s\"}",
	    base64url_encode(a, public, nq), s.id);
	return s;
}

/* Returns NULL if the key was encrypted with a different secret. */
static EVP_PKEY *
open_key(struct arena *a, const char *secrets, const char *sealed)
{
	const char *text = secretbox_open(a, secrets, sealed);
	unsigned char *raw;
	EVP_PKEY *key;
	size_t len;

	if (text == NULL)
		return NULL;
	raw = base64url_decode(a, text, &len);
	if (raw == NULL || len != RAW_LEN)
		fatal("signing_key: the stored key is not valid");
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, len);
	OPENSSL_cleanse(raw, len);
	if (key == NULL)
		fatal("signing_key: out of memory");
	arena_defer(a, free_key, key);
	return key;
}

static const char *
ed25519_sign(struct arena *a, EVP_PKEY *key, const char *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[SIG_LEN];
	size_t len = sizeof signature;
	int done;

	if (ctx == NULL)
		fatal("signing_key: out of memory");
	done = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text,
		strlen(text)) == 1;
	EVP_MD_CTX_free(ctx);
	if (!done)
		fatal("signing_key: cannot sign");
	return base64url_encode(a, signature, len);
}

const char *
signing_key_sign(struct arena *a, const char *secrets,
    const struct signing_key *s, const char *claims)
{
	EVP_PKEY *key = open_key(a, secrets, s->private_key);
	const char *head, *text;

	if (key == NULL)
		return NULL;
	head = arena_printf(
	    a, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", s->id);
	text = arena_printf(a, "%s.%s", base64url_encode(a, head, strlen(head)),
	    base64url_encode(a, claims, strlen(claims)));
	return arena_printf(a, "%s.%s", text, ed25519_sign(a, key, text));
}
