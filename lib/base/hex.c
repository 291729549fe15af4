/* Encodes and decodes hexadecimal text. */

#include "lib/base/arena.h"
#include "lib/base/hex.h"

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *
hex_encode(struct arena *a, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(a, len * 2 + 1);
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	return out;
}

char *
hex_decode(struct arena *a, const char *digits, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (char)(hex_digit(digits[2 * i]) * 16 +
		    hex_digit(digits[2 * i + 1]));
	return out;
}
