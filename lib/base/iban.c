/* Checks International Bank Account Numbers. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/iban.h"

#define IBAN_MIN 15
#define IBAN_MAX 34

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/*
 * Computes the remainder. Letters count as 10 to 35. The first four characters
 * are moved to the end before the division.
 */
static int
remainder_of(const char *iban, size_t len)
{
	int rest = 0, value;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = iban[(i + 4) % len];

		value = is_digit(c) ? c - '0' : c - 'A' + 10;
		rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
	}
	return rest;
}

const char *
iban_read(struct arena *a, const char *text)
{
	char *iban = arena_strdup(a, text);
	size_t len = 0, i;

	for (i = 0; text[i] != '\0'; i++) {
		char c = text[i];

		if (c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!is_digit(c) && !is_letter(c))
			return NULL;
		iban[len++] = c;
	}
	iban[len] = '\0';
	if (len < IBAN_MIN || len > IBAN_MAX || !is_letter(iban[0]) ||
	    !is_letter(iban[1]) || !is_digit(iban[2]) || !is_digit(iban[3]))
		return NULL;
	return remainder_of(iban, len) == 1 ? iban : NULL;
}
