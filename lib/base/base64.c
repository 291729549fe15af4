/*
 * Encodes and decodes hexadecimal, base64 and base64url (RFC 4648) with
 * libsodium.
 */
#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"

static const char *
encode_variant(struct arena *a, const void *data, size_t len, int variant)
{
	size_t size = sodium_base64_encoded_len(len, variant);
	char *text = arena_alloc(a, size);

	return sodium_bin2base64(text, size, data, len, variant);
}

/* Refuses non-ASCII characters, some of which libsodium decodes as digits. */
static unsigned char *
decode_variant(struct arena *a, const char *text, size_t *len, int variant)
{
	size_t size = strlen(text), i;
	unsigned char *data = arena_alloc(a, size + 1);

	for (i = 0; i < size; i++)
		if ((unsigned char)text[i] > 0x7f)
			return NULL;
	return sodium_base642bin(
		   data, size, text, size, NULL, len, NULL, variant) == 0
	    ? data
	    : NULL;
}

const char *
base64_encode(struct arena *a, const void *data, size_t len)
{
	return encode_variant(a, data, len, sodium_base64_VARIANT_ORIGINAL);
}

const char *
base64url_encode(struct arena *a, const void *data, size_t len)
{
	return encode_variant(
	    a, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

unsigned char *
base64_decode(struct arena *a, const char *text, size_t *len)
{
	return decode_variant(a, text, len, sodium_base64_VARIANT_ORIGINAL);
}

unsigned char *
base64url_decode(struct arena *a, const char *text, size_t *len)
{
	return decode_variant(
	    a, text, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *
hex_encode(struct arena *a, const void *data, size_t len)
{
	size_t size = 2 * len + 1;

	return sodium_bin2hex(arena_alloc(a, size), size, data, len);
}

char *
hex_decode(struct arena *a, const char *digits, size_t n)
{
	unsigned char *out = arena_alloc(a, n + 1);

	if (sodium_hex2bin(out, n, digits, 2 * n, NULL, NULL, NULL) != 0)
		fatal("hex_decode: not hexadecimal digits");
	return (char *)out;
}
