/* Extracts the subject, body and addresses from forwarded emails. */

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/mail/mail_text.h"

#define DASHES_MIN 5

/* A range in a text; to is exclusive. */
struct span {
	const char *from, *to;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span
trim(struct span p)
{
	while (p.from < p.to && is_space(p.from[0]))
		p.from++;
	while (p.from < p.to && is_space(p.to[-1]))
		p.to--;
	return p;
}

static const char *
copy_span(struct arena *a, struct span p)
{
	return arena_strndup(a, p.from, (size_t)(p.to - p.from));
}

/* Returns the first line, without its line break. */
static struct span
first_line(struct span p)
{
	const char *end = memchr(p.from, '\n', (size_t)(p.to - p.from));

	if (end != NULL)
		p.to = end;
	if (p.to > p.from && p.to[-1] == '\r')
		p.to--;
	return p;
}

/* Returns the start of the second line, or the end. */
static const char *
next_line(struct span p)
{
	const char *end = memchr(p.from, '\n', (size_t)(p.to - p.from));

	return end != NULL ? end + 1 : p.to;
}

const char *
mail_subject(struct arena *a, const char *subject)
{
	static const char *const prefixes[] = { "Fwd", "FW", "Tr", "SV", "VS",
		"WG" };
	struct span whole = { subject, subject + strlen(subject) }, p;
	size_t i;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		p = trim(whole);
		if (strncasecmp(p.from, prefixes[i], strlen(prefixes[i])) != 0)
			continue;
		p.from += strlen(prefixes[i]);
		p = trim(p);
		if (p.from == p.to || (*p.from != ':' && *p.from != '-'))
			continue;
		p.from++;
		p = trim(p);
		if (p.from < p.to)
			return copy_span(a, p);
	}
	return copy_span(a, whole);
}

/*
 * Skips a phrase at the start, in any case. Returns NULL if the text does not
 * start with the phrase. The only non-ASCII letter in the phrases is U+00E9
 * (0xc3 0xa9).
 */
static const char *
skip_phrase(struct span p, const char *phrase)
{
	const char *s = p.from;
	unsigned char c, before = 0;

	for (; *phrase != '\0'; phrase++, s++) {
		if (s == p.to)
			return NULL;
		c = (unsigned char)tolower((unsigned char)*s);
		if (before == 0xc3)
			c |= 0x20;
		if (c != (unsigned char)*phrase)
			return NULL;
		before = c;
	}
	return s;
}

static const char *
skip_dashes(struct span p)
{
	const char *s = p.from;

	while (s < p.to && *s == '-')
		s++;
	return s - p.from >= DASHES_MIN ? s : NULL;
}

/*
 * Returns true for "----- Forwarded message -----" and its variants in other
 * mail programs.
 */
static bool
is_separator(struct span p)
{
	static const char *const phrases[] = { "forwarded message",
		"original message", "message transf\xc3\xa9r\xc3\xa9",
		"message transfere", "transf\xc3\xa9r\xc3\xa9",
		"weitergeleitete nachricht" };
	const char *s;
	size_t i;

	if (skip_phrase(p, "begin forwarded message:") != NULL)
		return true;
	if ((p.from = skip_dashes(p)) == NULL)
		return false;
	p = trim(p);
	for (i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
		struct span rest = p;

		if ((s = skip_phrase(p, phrases[i])) == NULL)
			continue;
		rest.from = s;
		rest = trim(rest);
		if (skip_dashes(rest) != NULL)
			return true;
	}
	return false;
}

/* Cuts the text at the signature separator, the line "-- " (RFC 3676). */
static struct span
without_signature(struct span p)
{
	struct span rest = p, l;

	for (; rest.from < p.to; rest.from = next_line(rest)) {
		l = first_line(rest);
		if (l.to - l.from == 3 && memcmp(l.from, "-- ", 3) == 0) {
			p.to = rest.from;
			break;
		}
	}
	return p;
}

/* Returns the text after the first blank line, or an empty span. */
static struct span
after_blank_line(struct span p)
{
	struct span l;

	for (; p.from < p.to; p.from = next_line(p)) {
		l = trim(first_line(p));
		if (l.from == l.to)
			break;
	}
	return p;
}

const char *
mail_body(struct arena *a, const char *text)
{
	struct span whole = { text, text + strlen(text) }, p;

	p = trim(without_signature(whole));
	if (is_separator(trim(first_line(p))))
		p = trim(after_blank_line(p));
	return copy_span(a, p.from < p.to ? p : trim(whole));
}

static bool
in_local(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("_.+%-", c));
}

static bool
in_domain(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-';
}

/*
 * Returns the domain name at from, up to the last label that can be a top-level
 * domain. The result may be empty.
 */
static struct span
domain_at(const char *from)
{
	struct span p = { from, from };
	const char *s, *dot = NULL;

	for (s = from; in_domain(*s); s++) {
		if (*s == '.')
			dot = s;
		else if (!isalpha((unsigned char)*s))
			dot = NULL;
		else if (dot != NULL && s - dot >= 2)
			p.to = s + 1;
	}
	return p;
}

static bool
list_contains(const char *const *list, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

size_t
mail_addresses(
    struct arena *a, const char *text, const char **found, size_t max)
{
	const char *at, *last = text;
	struct span p, domain;
	size_t n = 0;
	char *address, *s;

	for (at = strchr(text, '@'); at != NULL && n < max;
	     last = at + 1, at = strchr(at + 1, '@')) {
		domain = domain_at(at + 1);
		p = (struct span){ at, domain.to };
		while (p.from > last && in_local(p.from[-1]))
			p.from--;
		while (*p.from == '.')
			p.from++;
		if (domain.from == domain.to || p.to - p.from > 320)
			continue;
		address = arena_strndup(a, p.from, (size_t)(p.to - p.from));
		for (s = address; *s != '\0'; s++)
			*s = (char)tolower((unsigned char)*s);
		if (address_public(address) &&
		    !list_contains(found, n, address))
			found[n++] = address;
	}
	return n;
}
