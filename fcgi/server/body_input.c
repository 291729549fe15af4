/* Reads a request body: its length, media type and bytes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/gateway.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/file_columns.h"
#include "fcgi/server/body_input.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"

/* nginx has the same limit for these paths. */
#define FILES_BODY_MAX 8388608L

/*
 * Returns the maximum length of a body, which is larger for resources whose
 * bodies may contain files.
 */
static long
body_max(const struct request *rq)
{
	const struct resource *r = rq->route->resource;
	bool files = (rq->route->flags & ROUTE_FILES) != 0;
	const struct column *c;

	if (rq->route->body_max > rq->config->max_body)
		return rq->route->body_max;
	for (c = r != NULL ? r->columns : NULL; c != NULL && c->name != NULL;
	     c++)
		files |= file_columns_is(c);
	return files && rq->config->max_body < FILES_BODY_MAX
	    ? FILES_BODY_MAX
	    : rq->config->max_body;
}

static enum problem_code
body_length(struct request *rq, size_t *len)
{
	const char *text = rq->headers.content_length;
	char *end;
	long n;

	*len = 0;
	if (*text == '\0')
		return PROBLEM_NONE;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < 0)
		return request_refuse(rq, "content_length");
	if (n > body_max(rq))
		return request_refuse(rq, "request_too_large", NULL,
		    request_number(rq, body_max(rq)));
	*len = (size_t)n;
	return PROBLEM_NONE;
}

/* Compares media types, ignoring parameters. */
static bool
media_type_is(const char *type, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(type, name, len) == 0 &&
	    (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static enum problem_code
check_media_type(struct request *rq)
{
	const char *type = rq->headers.content_type;
	const char *wanted =
	    rq->route->media != NULL ? rq->route->media : "application/json";
	bool form = (rq->route->flags & ROUTE_FORM) != 0;

	if (media_type_is(type, wanted) || rq->body_len == 0 ||
	    (strcmp(wanted, "application/xml") == 0 &&
		media_type_is(type, "text/xml")) ||
	    (form && media_type_is(type, "application/x-www-form-urlencoded")))
		return PROBLEM_NONE;
	if (*type == '\0') { /* a body without Content-Type is ignored */
		rq->body_len = 0;
		return PROBLEM_NONE;
	}
	return request_refuse(rq, "content_type", NULL, type,
	    form ? "application/x-www-form-urlencoded, " : "", wanted);
}

enum problem_code
body_input_read(struct gateway *gateway, struct request *rq)
{
	enum problem_code err;
	size_t len, have = 0;
	char *body;
	ssize_t got;

	if ((rq->route->flags & ROUTE_BODY) == 0)
		return PROBLEM_NONE;
	if ((err = body_length(rq, &len)) != PROBLEM_NONE)
		return err;
	body = arena_alloc(rq->arena, len + 1);
	while (have < len) {
		got = gateway_read(gateway, body + have, len - have);
		if (got <= 0)
			return request_refuse(rq, "body_truncated");
		have += (size_t)got;
	}
	rq->body = body;
	rq->body_len = len;
	return check_media_type(rq);
}
