/* Generates and checks time-based one-time passwords (RFC 6238). */

#include <ctype.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/crypto/totp.h"

#define DIGITS 6
#define STEP   30 /* seconds */
#define BASE32 "base32:"

/* Returns false if the key cannot be decoded. In that case, no code matches. */
static bool
read_key(struct arena *a, const char *secret, const char **key, size_t *len)
{
	char *decoded;

	*key = secret;
	*len = strlen(secret);
	if (strncmp(secret, BASE32, strlen(BASE32)) != 0)
		return true;
	secret += strlen(BASE32);
	if (oath_base32_decode(secret, strlen(secret), &decoded, len) !=
	    OATH_OK)
		return false;
	arena_defer(a, free, decoded);
	*key = decoded;
	return *len > 0;
}

static bool
is_code(const char *code)
{
	size_t i;

	for (i = 0; code[i] >= '0' && code[i] <= '9'; i++)
		if (i == DIGITS)
			return false;
	return i == DIGITS && code[i] == '\0';
}

/* Compares in constant time, so that timing does not reveal digits. */
static bool
codes_equal(const char *a, const char *b)
{
	unsigned char diff = 0;
	size_t i;

	for (i = 0; i < DIGITS; i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return diff == 0;
}

static void
make_code(const char *key, size_t len, long long step, char code[DIGITS + 1])
{
	if (oath_hotp_generate(key, len, (uint64_t)step, DIGITS, false,
		OATH_HOTP_DYNAMIC_TRUNCATION, code) != OATH_OK)
		fatal("totp: cannot compute a code");
}

const char *
totp_code(struct arena *a, const char *secret, time_t now)
{
	char code[DIGITS + 1];
	const char *key;
	size_t len;

	if (!read_key(a, secret, &key, &len))
		return NULL;
	make_code(key, len, (long long)now / STEP, code);
	return arena_strdup(a, code);
}

long long
totp_step(struct arena *a, const char *secret, const char *code, time_t now)
{
	long long present = (long long)now / STEP, found = 0, step;
	char want[DIGITS + 1];
	const char *key;
	size_t len;

	if (!is_code(code) || !read_key(a, secret, &key, &len))
		return 0;
	for (step = present - 1; step <= present + 1; step++) {
		make_code(key, len, step, want);
		if (codes_equal(want, code))
			found = step;
	}
	return found;
}

/*
 * Percent-encodes all characters except letters, digits and the characters in
 * keep.
 */
static void
put_encoded(struct buf *b, const char *s, const char *keep, const char *blank)
{
	for (; *s != '\0'; s++)
		if (*s == ' ')
			buf_puts(b, blank);
		else if (isalnum((unsigned char)*s) || strchr(keep, *s) != NULL)
			buf_write(b, s, 1);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

static void
put_key(struct buf *b, const char *secret)
{
	char *text;
	const char *key;
	size_t len;

	if (!read_key(b->arena, secret, &key, &len))
		return;
	if (oath_base32_encode(key, len, &text, NULL) != OATH_OK)
		fatal("totp: cannot encode base32");
	arena_defer(b->arena, free, text);
	buf_write(b, text, strcspn(text, "="));
}

/*
 * Percent-encodes the label and form-encodes the issuer, as Better Auth does.
 */
const char *
totp_uri(struct arena *a, const char *secret, const char *issuer,
    const char *account)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "otpauth://totp/");
	put_encoded(&b, issuer, "-_.!~*'()", "%20");
	buf_puts(&b, ":");
	put_encoded(&b, account, "-_.!~*'()", "%20");
	buf_puts(&b, "?secret=");
	put_key(&b, secret);
	buf_puts(&b, "&issuer=");
	put_encoded(&b, issuer, "*-._", "+");
	buf_printf(&b, "&digits=%d&period=%d", DIGITS, STEP);
	return b.data;
}
