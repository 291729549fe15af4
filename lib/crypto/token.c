/* Generates random tokens, their hashes and signed cookies. */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/url.h"
#include "lib/crypto/token.h"

#define MAC_TEXT 44 /* base64 of a digest, including its "=" */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789";
#define ALPHABET_LEN (sizeof alphabet - 1)
/* Larger bytes are skipped: they would make the first letters more likely. */
#define BYTE_LIMIT (256 / ALPHABET_LEN * ALPHABET_LEN)

static void
random_bytes(unsigned char *out, size_t len)
{
	if (getrandom(out, len, 0) != (ssize_t)len)
		fatal("token: getrandom() failed");
}

const char *
token_new(struct arena *a)
{
	char *token = arena_alloc(a, TOKEN_LEN + 1);
	unsigned char pool[64];
	size_t n = 0, i;

	while (n < TOKEN_LEN) {
		random_bytes(pool, sizeof pool);
		for (i = 0; i < sizeof pool && n < TOKEN_LEN; i++)
			if (pool[i] < BYTE_LIMIT)
				token[n++] = alphabet[pool[i] % ALPHABET_LEN];
	}
	OPENSSL_cleanse(pool, sizeof pool);
	return token;
}

/* Interprets the token as a base-62 number, modulo 10^6. */
const char *
token_digits(struct arena *a, const char *token)
{
	unsigned long n = 0;

	for (; *token != '\0'; token++)
		n = (n * ALPHABET_LEN +
			(unsigned long)(strchr(alphabet, *token) - alphabet)) %
		    1000000;
	return arena_printf(a, "%06lu", n);
}

const char *
token_hex(struct arena *a, size_t n)
{
	unsigned char *bytes = arena_alloc(a, n);

	random_bytes(bytes, n);
	return hex_encode(a, bytes, n);
}

const char *
token_base64url(struct arena *a, size_t n)
{
	unsigned char *bytes = arena_alloc(a, n);

	random_bytes(bytes, n);
	return base64url_encode(a, bytes, n);
}

void
token_digest(const char *secret, const char *text, size_t len,
    unsigned char out[DIGEST_LEN])
{
	digest_keyed(secret, strlen(secret), text, len, out);
}

const char *
token_derive(struct arena *a, const char *secret, const char *label,
    const char *text, size_t len)
{
	char *token = arena_alloc(a, TOKEN_LEN + 1);
	unsigned char digest[DIGEST_LEN];
	size_t n = 0, i;
	struct buf b;
	int round;

	for (round = 0; n < TOKEN_LEN; round++) {
		buf_init(&b, a);
		buf_printf(&b, "%s:%d:", label, round);
		buf_write(&b, text, len);
		token_digest(secret, b.data, b.len, digest);
		for (i = 0; i < sizeof digest && n < TOKEN_LEN; i++)
			if (digest[i] < BYTE_LIMIT)
				token[n++] = alphabet[digest[i] % ALPHABET_LEN];
	}
	return token;
}

const char *
token_hash(struct arena *a, const char *token)
{
	unsigned char digest[DIGEST_LEN];

	digest_bytes(token, strlen(token), digest);
	return arena_printf(a, "\\x%s", hex_encode(a, digest, sizeof digest));
}

const char *
token_challenge(struct arena *a, const char *verifier)
{
	unsigned char digest[DIGEST_LEN];

	digest_bytes(verifier, strlen(verifier), digest);
	return base64url_encode(a, digest, sizeof digest);
}

const char *
token_mac(struct arena *a, const char *secret, const char *text, size_t len)
{
	unsigned char digest[DIGEST_LEN];

	token_digest(secret, text, len, digest);
	return arena_printf(a, "\\x%s", hex_encode(a, digest, sizeof digest));
}

const char *
token_code_hash(
    struct arena *a, const char *secret, const char *kind, const char *code)
{
	const char *text = arena_printf(a, "%s:%s", kind, code);

	return token_mac(a, secret, text, strlen(text));
}

static void
mac_base64(
    const char *secret, const char *value, size_t len, char out[MAC_TEXT + 1])
{
	unsigned char digest[DIGEST_LEN];

	token_digest(secret, value, len, digest);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
}

const char *
token_mac_url(struct arena *a, const char *secret, const char *text)
{
	unsigned char digest[DIGEST_LEN];

	token_digest(secret, text, strlen(text), digest);
	return base64url_encode(a, digest, sizeof digest);
}

const char *
cookie_plain(struct arena *a, const char *secret, const char *value)
{
	char text[MAC_TEXT + 1];

	mac_base64(secret, value, strlen(value), text);
	return arena_printf(a, "%s.%s", value, text);
}

const char *
cookie_sign(struct arena *a, const char *secret, const char *value)
{
	return url_encode(a, cookie_plain(a, secret, value));
}

const char *
token_secret(struct arena *a, const char **secrets)
{
	const char *s = *secrets;
	size_t n = strcspn(s, "\n");

	if (*s == '\0')
		return NULL;
	*secrets = s + n + (s[n] == '\n');
	return arena_strndup(a, s, n);
}

const char *
cookie_verify(struct arena *a, const char *secrets, const char *cookie)
{
	const char *text, *dot, *secret;
	char want[MAC_TEXT + 1];

	if ((text = url_decode(a, cookie)) == NULL)
		return NULL;
	dot = strrchr(text, '.');
	if (dot == NULL || dot == text || strlen(dot + 1) != MAC_TEXT)
		return NULL;
	while ((secret = token_secret(a, &secrets)) != NULL) {
		mac_base64(secret, text, (size_t)(dot - text), want);
		if (CRYPTO_memcmp(want, dot + 1, MAC_TEXT) == 0)
			return arena_strndup(a, text, (size_t)(dot - text));
	}
	return NULL;
}
