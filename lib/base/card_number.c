/* Finds payment card numbers in texts. */

#include <stddef.h>
#include <string.h>

#include "lib/base/card_number.h"

#define SHORTEST   13
#define LONGEST    19
#define SEPARATORS 2 /* maximum between two groups */

/* The class of a character: a digit, a separator, or the end of a run. */
struct sign {
	int digit;      /* -1: none */
	bool separates; /* can be between two groups */
	size_t len;     /* in bytes */
};

/* Spaces and hyphens in UTF-8. */
static const char *const wide_separators[] = { "\xc2\xa0", "\xe2\x80\x87",
	"\xe2\x80\x89", "\xe2\x80\xaf", "\xe2\x80\x90", "\xe2\x80\x91",
	"\xe2\x80\x93" };

static struct sign
sign_at(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t i;

	if (*s >= '0' && *s <= '9')
		return (struct sign){ *s - '0', false, 1 };
	if (*s != '\0' && strchr(" ._/-", *s) != NULL)
		return (struct sign){ -1, true, 1 };
	/* Fullwidth digits */
	if (u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x90 && u[2] <= 0x99)
		return (struct sign){ u[2] - 0x90, false, 3 };
	for (i = 0; i < sizeof wide_separators / sizeof wide_separators[0]; i++)
		if (strncmp(
			s, wide_separators[i], strlen(wide_separators[i])) == 0)
			return (struct sign){ -1, true,
				strlen(wide_separators[i]) };
	return (struct sign){ -1, false, 1 };
}

static bool
has_check_digit(const int *digits, int n)
{
	int i, d, sum = 0;

	for (i = 0; i < n; i++) {
		d = digits[n - 1 - i] * (i % 2 == 1 ? 2 : 1);
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

/* Tries every group end as the end of a number that begins at s. */
static bool
begins_number(const char *s)
{
	int digits[LONGEST], n = 0, separators = 0;
	struct sign at = sign_at(s);

	if (at.digit < 2 || at.digit > 6)
		return false;
	for (;; s += at.len) {
		at = sign_at(s);
		if (at.digit >= 0) {
			if (n == LONGEST)
				return false;
			digits[n++] = at.digit;
			separators = 0;
			if (sign_at(s + at.len).digit < 0 && n >= SHORTEST &&
			    has_check_digit(digits, n))
				return true;
		} else if (!at.separates || ++separators > SEPARATORS) {
			return false;
		}
	}
}

bool
card_number_in(const char *text)
{
	bool in_group = false;
	struct sign at;

	for (; *text != '\0'; text += at.len) {
		at = sign_at(text);
		if (at.digit >= 0 && !in_group && begins_number(text))
			return true;
		in_group = at.digit >= 0;
	}
	return false;
}
