/* Computes SHA-256 and HMAC-SHA256. */

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/token.h"

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

const char *
digest_text(struct arena *a, const char *text)
{
	EVP_MD_CTX *context = sha256_init(a);

	sha256_update(context, text, strlen(text));
	return sha256_final(a, context);
}

void
digest_keyed(
    const void *key, size_t key_len, const char *text, unsigned char out[32])
{
	if (HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text,
		strlen(text), out, NULL) == NULL)
		fatal("digest: HMAC failed");
}
