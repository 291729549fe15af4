#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/mail/mail_text.h"

#define DASHES_MIN 5

/* A part of a text, from and up to. */
struct projection_column {
	const char *from, *to;
};

static bool
blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct projection_column
trim(struct projection_column p)
{
	while (p.from < p.to && blank(p.from[0]))
		p.from++;
	while (p.from < p.to && blank(p.to[-1]))
		p.to--;
	return p;
}

static const char *
copy(struct arena *a, struct projection_column p)
{
	return arena_strndup(a, p.from, (size_t)(p.to - p.from));
}

/* The line that begins there, without its end. */
static struct projection_column
line(struct projection_column p)
{
	const char *end = memchr(p.from, '\n', (size_t)(p.to - p.from));

	if (end != NULL)
		p.to = end;
	if (p.to > p.from && p.to[-1] == '\r')
		p.to--;
	return p;
}

/* Where the line after it begins, or the end. */
static const char *
next_line(struct projection_column p)
{
	const char *end = memchr(p.from, '\n', (size_t)(p.to - p.from));

	return end != NULL ? end + 1 : p.to;
}

const char *
mail_subject(struct arena *a, const char *subject)
{
	static const char *const prefixes[] = { "Fwd", "FW", "Tr", "SV", "VS",
		"WG" };
	struct projection_column whole = { subject, subject + strlen(subject) },
				 p;
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
			return copy(a, p);
	}
	return copy(a, whole);
}

/*
 * Behind the phrase, when the text begins with it in any case; NULL when not.
 * Of letters beyond ASCII an e with an accent is the only one there is.
 */
static const char *
skip_phrase(struct projection_column p, const char *phrase)
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
skip_dashes(struct projection_column p)
{
	const char *s = p.from;

	while (s < p.to && *s == '-')
		s++;
	return s - p.from >= DASHES_MIN ? s : NULL;
}

/* "----- Forwarded message -----" and what others write there. */
static bool
separates(struct projection_column p)
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
		struct projection_column rest = p;

		if ((s = skip_phrase(p, phrases[i])) == NULL)
			continue;
		rest.from = s;
		rest = trim(rest);
		if (skip_dashes(rest) != NULL)
			return true;
	}
	return false;
}

/* What stands before the first line that is "-- ". */
static struct projection_column
without_signature(struct projection_column p)
{
	struct projection_column rest = p, l;

	for (; rest.from < p.to; rest.from = next_line(rest)) {
		l = line(rest);
		if (l.to - l.from == 3 && memcmp(l.from, "-- ", 3) == 0) {
			p.to = rest.from;
			break;
		}
	}
	return p;
}

/* What stands behind the first blank line, or nothing. */
static struct projection_column
behind_blank_line(struct projection_column p)
{
	struct projection_column l;

	for (; p.from < p.to; p.from = next_line(p)) {
		l = trim(line(p));
		if (l.from == l.to)
			break;
	}
	return p;
}

const char *
mail_body(struct arena *a, const char *text)
{
	struct projection_column whole = { text, text + strlen(text) }, p;

	p = trim(without_signature(whole));
	if (separates(trim(line(p))))
		p = trim(behind_blank_line(p));
	return copy(a, p.from < p.to ? p : trim(whole));
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

/* "example.org" of "example.org." or "example.org.1"; empty for none. */
static struct projection_column
domain_at(const char *from)
{
	struct projection_column p = { from, from };
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
listed(const char *const *list, size_t n, const char *text)
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
	struct projection_column p, domain;
	size_t n = 0;
	char *address, *s;

	for (at = strchr(text, '@'); at != NULL && n < max;
	     last = at + 1, at = strchr(at + 1, '@')) {
		domain = domain_at(at + 1);
		p = (struct projection_column){ at, domain.to };
		while (p.from > last && in_local(p.from[-1]))
			p.from--;
		while (*p.from == '.')
			p.from++;
		if (domain.from == domain.to || p.to - p.from > 320)
			continue;
		address = arena_strndup(a, p.from, (size_t)(p.to - p.from));
		for (s = address; *s != '\0'; s++)
			*s = (char)tolower((unsigned char)*s);
		if (address_valid(address) && !listed(found, n, address))
			found[n++] = address;
	}
	return n;
}
