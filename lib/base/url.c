/* Handles percent-encoding and query parameters in URLs. */

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

const char *
url_encode(struct arena *a, const char *s)
{
	struct buf b;

	buf_init(&b, a);
	for (; *s != '\0'; s++)
		if (isalnum((unsigned char)*s) ||
		    strchr("-_.!~*'()", *s) != NULL)
			buf_write(&b, s, 1);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*s);
	return b.data;
}

/* Returns NULL for a NUL byte, or if two digits do not follow a "%". */
static const char *
decode(struct arena *a, const char *s, size_t len, bool form)
{
	char *out = arena_alloc(a, len + 1), *o = out;
	size_t i;

	for (i = 0; i < len; i++, o++) {
		*o = form && s[i] == '+' ? ' ' : s[i];
		if (s[i] == '%') {
			if (len - i < 3 ||
			    sodium_hex2bin((unsigned char *)o, 1, s + i + 1, 2,
				NULL, NULL, NULL) != 0)
				return NULL;
			i += 2;
		}
		if (*o == '\0')
			return NULL;
	}
	return out;
}

const char *
url_decode(struct arena *a, const char *s)
{
	return decode(a, s, strlen(s), false);
}

const char *
url_decode_form(struct arena *a, const char *s, size_t len)
{
	return decode(a, s, len, true);
}

const char *
url_absolute(struct arena *a, const char *base, const char *url)
{
	return *url == '/' ? arena_printf(a, "%s%s", base, url) : url;
}

/*
 * Writes the query, beginning with "?" or "&", except the parameters with this
 * name.
 */
static void
put_other_params(struct buf *b, const char *query, size_t len, const char *name)
{
	size_t name_len = strlen(name), n;
	const char *end = query + len;
	char before = '?';

	for (; query < end; query += n + (query + n < end)) {
		n = strcspn(query, "&#");
		if (strcspn(query, "=&#") == name_len &&
		    strncmp(query, name, name_len) == 0)
			continue;
		buf_write(b, &before, 1);
		buf_write(b, query, n);
		before = '&';
	}
}

const char *
url_with(struct arena *a, const char *url, const char *name, const char *value)
{
	size_t path = strcspn(url, "?#"), whole = strcspn(url, "#");
	struct buf b;

	buf_init(&b, a);
	buf_write(&b, url, path);
	if (path < whole)
		put_other_params(&b, url + path + 1, whole - path - 1, name);
	buf_printf(&b, "%c%s=%s%s", b.len > path ? '&' : '?', name,
	    url_encode(a, value), url + whole);
	return b.data;
}

bool
url_is_link(const char *s)
{
	size_t scheme, i;

	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] < ' ' || (i == 0 && s[i] == ' '))
			return false;
	for (scheme = 0; isalnum((unsigned char)s[scheme]) ||
	     (s[scheme] != '\0' && strchr("+-.", s[scheme]) != NULL);
	     scheme++)
		continue;
	if (s[scheme] != ':' || strncasecmp(s, "http:", 5) == 0 ||
	    strncasecmp(s, "https:", 6) == 0)
		return true;
	/* A host with a port, such as example.org:8080. */
	return memchr(s, '.', scheme) != NULL &&
	    isdigit((unsigned char)s[scheme + 1]);
}
