/* Computes ETags of rows and parses If-Match (RFC 9110). */

#include <string.h>

#include "fcgi/http/etag.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define TAG_LEN 32 /* hexadecimal digits in an ETag */

static bool
is_hashed(const struct column *c)
{
	return (c->flags & COLUMN_STEPS) != 0 ||
	    ((c->flags & COLUMN_WRITE) != 0 && (c->flags & COLUMN_PLACE) == 0);
}

void
etag_put(struct buf *b, const struct resource *r)
{
	const char *sep = "'\"' || md5(ROW(";
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		if (is_hashed(c)) {
			buf_printf(b, "%st.%s", sep, c->name);
			sep = ", ";
		}
	buf_puts(b, *sep == ',' ? ")::text) || '\"'" : "NULL::text");
}

/* Returns the closing quote, or NULL. */
static const char *
tag_end(const char *s)
{
	while ((unsigned char)*s > ' ' && *s != '"' && *s != 0x7f)
		s++;
	return *s == '"' ? s : NULL;
}

/* Adds a tag to the array. Ignores tags in other formats. */
static void
put_tag(struct buf *b, const char *tag, size_t len)
{
	if (len != TAG_LEN || strspn(tag, "0123456789abcdef") < len)
		return;
	buf_puts(b, b->len > 1 ? ",\"\\\"" : "\"\\\"");
	buf_write(b, tag, len);
	buf_puts(b, "\\\"\"");
}

/* Parses a list of ETags. RFC 9110 allows empty elements. */
static bool
read_list(struct buf *b, const char *s)
{
	const char *end;
	bool weak, any = false;

	for (;;) {
		s += strspn(s, " \t,");
		if (*s == '\0')
			return any;
		weak = s[0] == 'W' && s[1] == '/';
		s += weak ? 2 : 0;
		if (*s != '"' || (end = tag_end(s + 1)) == NULL)
			return false;
		if (!weak)
			put_tag(b, s + 1, (size_t)(end - s - 1));
		any = true;
		s = end + 1 + strspn(end + 1, " \t");
		if (*s != ',' && *s != '\0')
			return false;
	}
}

enum problem_code
etag_wanted(struct request *rq, const char *member, const char *header,
    const char **tags)
{
	const char *s = header + strspn(header, " \t");
	struct buf b;

	*tags = NULL;
	if (*s == '\0' || (*s == '*' && s[1 + strspn(s + 1, " \t")] == '\0'))
		return PROBLEM_NONE;
	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	if (!read_list(&b, s))
		return request_refuse(rq, "if_match_invalid", member);
	buf_puts(&b, "}");
	*tags = b.data;
	return PROBLEM_NONE;
}
