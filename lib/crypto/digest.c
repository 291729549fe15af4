/* Computes SHA-256 and HMAC-SHA256. */

#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/crypto/digest.h"

static void
free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static EVP_MD_CTX *
sha256_init(struct arena *a)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL)
		fatal("digest: out of memory");
	arena_defer(a, free_context, context);
	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		fatal("digest: cannot start SHA-256");
	return context;
}

static void
sha256_update(EVP_MD_CTX *context, const void *bytes, size_t len)
{
	if (EVP_DigestUpdate(context, bytes, len) != 1)
		fatal("digest: SHA-256 failed");
}

static const char *
sha256_final(struct arena *a, EVP_MD_CTX *context)
{
	unsigned char out[DIGEST_LEN];

	if (EVP_DigestFinal_ex(context, out, NULL) != 1)
		fatal("digest: SHA-256 failed");
	return hex_encode(a, out, sizeof out);
}

const char *
digest_spool(struct arena *a, const struct spool *s)
{
	EVP_MD_CTX *context = sha256_init(a);
	char piece[SPOOL_PIECE];
	off_t at = 0;
	ssize_t got;

	while ((got = spool_read(s, at, piece, sizeof piece)) > 0) {
		sha256_update(context, piece, (size_t)got);
		at += got;
	}
	return got == -1 ? NULL : sha256_final(a, context);
}

/*
 * Computes the SHA-256 of a short text with libsodium. OpenSSL allocates and
 * locks for each hash, which took a tenth of a request's processor time.
 */
const char *
digest_text(struct arena *a, const char *text)
{
	unsigned char out[DIGEST_LEN];

	digest_bytes(text, strlen(text), out);
	return hex_encode(a, out, sizeof out);
}

void
digest_bytes(const void *bytes, size_t len, unsigned char out[DIGEST_LEN])
{
	if (crypto_hash_sha256(out, bytes, len) != 0)
		fatal("digest: SHA-256 failed");
}

void
digest_keyed(const void *key, size_t key_len, const void *text, size_t len,
    unsigned char out[DIGEST_LEN])
{
	crypto_auth_hmacsha256_state state;

	if (crypto_auth_hmacsha256_init(&state, key, key_len) != 0 ||
	    crypto_auth_hmacsha256_update(&state, text, len) != 0 ||
	    crypto_auth_hmacsha256_final(&state, out) != 0)
		fatal("digest: HMAC failed");
	sodium_memzero(&state, sizeof state);
}
