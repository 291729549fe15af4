/* Checks JSON text strictly (RFC 8259) without building a tree. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_scan.h"

/* Maximum length of a number in characters, enough for any double. */
#define NUMBER_MAX 64

static bool
refuse(struct scan *s, const char *what)
{
	if (s->what == NULL)
		s->what = what;
	return false;
}

static void
scan_space(struct scan *s)
{
	while (s->at < s->end &&
	    (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' ||
		*s->at == '\n'))
		s->at++;
}

/* Reads a multibyte character (Unicode 15, table 3-7). */
static bool
scan_utf8(struct scan *s)
{
	const unsigned char *p = s->at;
	unsigned char low = 0x80, high = 0xbf;
	size_t more, i;

	if (*p >= 0xc2 && *p <= 0xdf)
		more = 1;
	else if (*p >= 0xe0 && *p <= 0xef)
		more = 2;
	else if (*p >= 0xf0 && *p <= 0xf4)
		more = 3;
	else
		return refuse(s, "text is not UTF-8");
	if (*p == 0xe0)
		low = 0xa0;
	else if (*p == 0xed)
		high = 0x9f; /* surrogates */
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xf4)
		high = 0x8f;
	if ((size_t)(s->end - p) <= more)
		return refuse(s, "text is not UTF-8");
	for (i = 1; i <= more; i++, low = 0x80, high = 0xbf)
		if (p[i] < low || p[i] > high)
			return refuse(s, "text is not UTF-8");
	s->at += more + 1;
	return true;
}

static int
scan_hex4(struct scan *s)
{
	int value = 0, i;

	if (s->end - s->at < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		int c = s->at[i];

		value *= 16;
		if (c >= '0' && c <= '9')
			value += c - '0';
		else if (c >= 'a' && c <= 'f')
			value += c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value += c - 'A' + 10;
		else
			return -1;
	}
	s->at += 4;
	return value;
}

/* Reads the digits after "\u". */
static bool
scan_unicode(struct scan *s)
{
	int high = scan_hex4(s), low;

	if (high < 0)
		return refuse(s, "a \\u escape needs four hex digits");
	if (high == 0)
		return refuse(s, "NUL is not allowed in text");
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || s->end - s->at < 6 || s->at[0] != '\\' ||
	    s->at[1] != 'u')
		return refuse(s, "half of a surrogate pair");
	s->at += 2;
	low = scan_hex4(s);
	return (low >= 0xdc00 && low <= 0xdfff)
	    ? true
	    : refuse(s, "half of a surrogate pair");
}

static bool
scan_string(struct scan *s)
{
	s->at++; /* the opening quote */
	while (s->at < s->end && *s->at != '"') {
		if (*s->at < ' ')
			return refuse(s, "a control character in text");
		if (*s->at >= 0x80) {
			if (!scan_utf8(s))
				return false;
			continue;
		}
		if (*s->at++ != '\\')
			continue;
		if (s->at == s->end)
			break;
		if (*s->at == 'u') {
			s->at++;
			if (!scan_unicode(s))
				return false;
		} else if (memchr("\"\\/bfnrt", *s->at, 8) == NULL)
			return refuse(s, "an unknown escape in text");
		else
			s->at++;
	}
	if (s->at == s->end)
		return refuse(s, "text without an end");
	s->at++;
	return true;
}

static size_t
scan_digits(struct scan *s)
{
	const unsigned char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - start);
}

/*
 * Returns true if json-c can represent the number. Otherwise, json-c would
 * silently store the nearest number.
 */
static bool
number_holds(const unsigned char *start, size_t len, bool whole)
{
	char text[NUMBER_MAX + 1];

	if (len > NUMBER_MAX)
		return false;
	memcpy(text, start, len);
	text[len] = '\0';
	errno = 0;
	if (whole) {
		(void)strtoll(text, NULL, 10);
		return errno == 0;
	}
	return isfinite(strtod(text, NULL)) != 0;
}

static bool
scan_number(struct scan *s)
{
	const unsigned char *start = s->at;
	bool whole = true, zero;
	size_t n;

	s->at += *s->at == '-';
	zero = s->at < s->end && *s->at == '0';
	n = scan_digits(s);
	if (n == 0 || (zero && n > 1))
		return refuse(s, "not a number");
	if (s->at < s->end && *s->at == '.') {
		whole = false;
		s->at++;
		if (scan_digits(s) == 0)
			return refuse(s, "not a number");
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		whole = false;
		s->at++;
		s->at += s->at < s->end && (*s->at == '+' || *s->at == '-');
		if (scan_digits(s) == 0)
			return refuse(s, "not a number");
	}
	return number_holds(start, (size_t)(s->at - start), whole)
	    ? true
	    : refuse(s, "a number out of range");
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return refuse(s, "not a JSON value");
	s->at += len;
	return true;
}

static bool
scan_scalar(struct scan *s)
{
	switch (*s->at) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

/* Reads "name" and its colon, inside an object at this depth. */
static bool
scan_name(struct scan *s, size_t depth)
{
	const unsigned char *start = s->at;

	if (s->at == s->end || *s->at != '"')
		return refuse(s, "a member needs a name in quotes");
	if (!scan_string(s))
		return false;
	if (depth == 1) {
		s->member = start + 1;
		s->member_len = (size_t)(s->at - start) - 2;
	}
	s->members++;
	scan_space(s);
	if (s->at == s->end || *s->at != ':')
		return refuse(s, "a colon is missing");
	s->at++;
	scan_space(s);
	return true;
}

/*
 * Checks the whole text. open[] stores the bracket for each level. There is no
 * recursion, so deep input cannot exhaust the stack.
 */
bool
json_scan(struct scan *s)
{
	char open[JSON_DEPTH_MAX];
	size_t depth = 0;

	scan_space(s);
	for (;;) {
		if (s->at == s->end)
			return refuse(s, "a value is missing");
		if (++s->values > s->most)
			return refuse(s, "too many values");
		if (*s->at == '{' || *s->at == '[') {
			if (depth == JSON_DEPTH_MAX)
				return refuse(s, "nested too deep");
			open[depth++] = (char)*s->at++;
			scan_space(s);
			if (s->at < s->end &&
			    *s->at != (open[depth - 1] == '{' ? '}' : ']')) {
				if (open[depth - 1] == '{' &&
				    !scan_name(s, depth))
					return false;
				continue;
			}
		} else if (!scan_scalar(s))
			return false;
		for (;;) { /* a value has ended: close levels or continue */
			scan_space(s);
			if (depth == 0)
				return s->at == s->end
				    ? true
				    : refuse(s, "something after the value");
			if (s->at == s->end)
				return refuse(s, "a bracket is not closed");
			if (*s->at != (open[depth - 1] == '{' ? '}' : ']'))
				break;
			s->at++;
			depth--;
		}
		if (*s->at != ',')
			return refuse(s, "a comma is missing");
		s->at++;
		scan_space(s);
		if (open[depth - 1] == '{' && !scan_name(s, depth))
			return false;
	}
}
