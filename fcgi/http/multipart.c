/* Finds the uploaded file in a multipart/form-data body (RFC 7578). */

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/multipart.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/storage/filename.h"

#define BOUNDARY_MAX 70   /* RFC 2046 */
#define HEAD_MAX     8192 /* bytes in the lines before a part's content */
#define PARTS_MAX    100

static const char multipart[] = "multipart/form-data";

bool
multipart_type(const char *content_type)
{
	size_t len = sizeof multipart - 1;

	return strncasecmp(content_type, multipart, len) == 0 &&
	    strchr("; \t", content_type[len]) != NULL;
}

/*
 * Returns the value of a header parameter, "; name=value", whether quoted or
 * not. Only \" is an escape: browsers send other backslashes unescaped.
 */
static const char *
header_param(struct arena *a, const char *s, const char *name)
{
	size_t len = strlen(name), n;
	struct buf b;

	for (; *s != '\0'; s += *s == ';') {
		s += strspn(s, " \t");
		n = strcspn(s, "=;");
		if (s[n] != '=') {
			s += n;
			continue;
		}
		buf_init(&b, a);
		if (s[n + 1] == '"') {
			const char *v = s + n + 2;

			for (; *v != '\0' && *v != '"'; v++) {
				v += v[0] == '\\' && v[1] == '"';
				buf_write(&b, v, 1);
			}
			if (*v == '\0')
				return NULL;
			v++;
			if (n == len && strncasecmp(s, name, n) == 0)
				return b.data;
			s = v + strcspn(v, ";");
			continue;
		}
		if (n == len && strncasecmp(s, name, n) == 0) {
			buf_write(&b, s + n + 1, strcspn(s + n + 1, "; \t"));
			return b.data;
		}
		s += n + strcspn(s + n, ";");
	}
	return NULL;
}

/* Returns the value of a part's header, or NULL. */
static const char *
part_header(struct arena *a, const char *head, const char *name)
{
	size_t len = strlen(name), n;

	for (; *head != '\0'; head += n + (head[n] != '\0' ? 2 : 0)) {
		const char *end = strstr(head, "\r\n");

		n = end != NULL ? (size_t)(end - head) : strlen(head);
		if (n > len && head[len] == ':' &&
		    strncasecmp(head, name, len) == 0) {
			head += len + 1;
			n -= len + 1;
			while (n > 0 && (*head == ' ' || *head == '\t'))
				head++, n--;
			return arena_strndup(a, head, n);
		}
	}
	return NULL;
}

/*
 * Reads the part headers at *at and moves *at to the part's content. *at must
 * be two bytes earlier, at the line break after the boundary, so that a part
 * without headers also begins with "\r\n\r\n".
 */
static const char *
read_head(struct arena *a, const struct spool *body, off_t *at)
{
	char *head = arena_alloc(a, HEAD_MAX + 1), *end;
	size_t have = 0;
	ssize_t got;

	while (have < HEAD_MAX &&
	    (got = spool_read(body, *at - 2 + (off_t)have, head + have,
		 HEAD_MAX - have)) > 0)
		have += (size_t)got;
	end = memmem(head, have, "\r\n\r\n", 4);
	if (end == NULL || memchr(head, '\0', (size_t)(end - head)) != NULL)
		return NULL;
	*at += end - head + 2;
	*end = '\0';
	return end == head ? "" : head + 2;
}

/* Returns a part's filename parameter, or NULL. */
static const char *
file_name(struct arena *a, const char *head)
{
	const char *value = part_header(a, head, "Content-Disposition");

	if (value == NULL || strncasecmp(value, "form-data", 9) != 0)
		return NULL;
	return header_param(a, value + strcspn(value, ";"), "filename");
}

/*
 * Returns true for the last boundary, which is not followed by a line break.
 */
static bool
is_last_boundary(const struct spool *body, off_t at)
{
	char next[2];

	return spool_read(body, at, next, 2) != 2 ||
	    memcmp(next, "\r\n", 2) != 0;
}

const char *
multipart_find(struct arena *a, const struct spool *body,
    const char *content_type, struct multipart_file *file)
{
	const char *boundary = header_param(
	    a, content_type + strcspn(content_type, ";"), "boundary");
	const char *delimiter, *head, *name;
	size_t len;
	off_t at = 0, end;
	int part;

	errno = 0;
	if (boundary == NULL || *boundary == '\0' ||
	    strlen(boundary) > BOUNDARY_MAX)
		return "the Content-Type has no boundary";
	delimiter = arena_printf(a, "\r\n--%s", boundary);
	len = strlen(delimiter);
	/* The first boundary needs no preceding line break. */
	end = spool_find(body, 0, delimiter + 2, len - 2);
	if (end == -1)
		return "the body does not contain the boundary";
	at = end + (off_t)len - 2;
	for (part = 0; part < PARTS_MAX; part++) {
		if (is_last_boundary(body, at))
			return "the body has no file";
		at += 2;
		if ((head = read_head(a, body, &at)) == NULL)
			return "the headers of a part have no end";
		end = spool_find(body, at - 2, delimiter, len);
		if (end == -1)
			return "the body is truncated";
		name = file_name(a, head);
		if (name != NULL) {
			if (end < at) /* the file is empty */
				end = at;
			*file = (struct multipart_file){
				.content = { body->fd, body->at + at,
				    end - at },
				.type = part_header(a, head, "Content-Type"),
				.title = filename_clean(a, name, strlen(name)),
			};
			return NULL;
		}
		at = end + (off_t)len;
	}
	return "the body has too many parts";
}
