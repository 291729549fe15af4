/* Hides rows from API keys that may write the rows but not read them. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/unread.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* Maximum number of values in a response from this server. */
#define VALUES_MAX 1000000

bool
unread_has(const struct request *rq, const char *resource)
{
	return rq->unread != NULL &&
	    strstr(rq->unread, arena_printf(rq->arena, ",%s,", resource)) !=
	    NULL;
}

static void
put_member(struct buf *b, struct json_object *of, const char *name)
{
	bool present;
	struct json_object *value = json_get(of, name, &present);

	buf_printf(b, "%s\"%s\":%s", b->data[b->len - 1] == '{' ? "" : ",",
	    name, present ? json_text(value) : "null");
}

void
unread_put(struct buf *b, struct json_object *row)
{
	buf_puts(b, "{");
	if (json_object_is_type(row, json_type_object))
		put_member(b, row, "id");
	buf_puts(b, "}");
}

/* Writes an upsert result, which contains its row in "data". */
static void
put_upserted(struct buf *b, struct json_object *result)
{
	buf_puts(b, "{");
	put_member(b, result, "status");
	put_member(b, result, "outcome");
	put_member(b, result, "id");
	buf_puts(b, ",\"etag\":null,\"data\":{");
	put_member(b, result, "id");
	buf_puts(b, "}}");
}

static void put_hidden(struct buf *, struct json_object *);

static void
put_list(struct buf *b, struct json_object *list)
{
	size_t i;

	buf_puts(b, "[");
	for (i = 0; i < json_object_array_length(list); i++) {
		buf_puts(b, i > 0 ? "," : "");
		put_hidden(b, json_object_array_get_idx(list, i));
	}
	buf_puts(b, "]");
}

static void
put_object(struct buf *b, struct json_object *o)
{
	const char *outcome = json_get_text(o, "outcome");
	bool several;
	struct json_object *results = json_get(o, "results", &several);

	if (several && json_object_is_type(results, json_type_array)) {
		buf_puts(b, "{\"results\":");
		put_list(b, results);
		buf_puts(b, "}");
	} else if (outcome == NULL)
		unread_put(b, o);
	/* The result has a problem instead of a row. */
	else if (strcmp(outcome, "refused") == 0)
		buf_puts(b, json_text(o));
	else
		put_upserted(b, o);
}

/* Hides rows, but keeps ids, including lists of ids. */
static void
put_hidden(struct buf *b, struct json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		put_list(b, value);
	else if (json_object_is_type(value, json_type_object))
		put_object(b, value);
	else
		buf_puts(b, json_text(value));
}

/* Returns true for "[deals]", which represents the rows of a resource. */
static bool
returns_rows(const struct request *rq)
{
	const char *shape = rq->route->returns;
	size_t len = shape != NULL ? strlen(shape) : 0;

	if (rq->route->resource != NULL)
		return rq->route->verb != VERB_BULK;
	return len > 2 && *shape == '[' && shape[len - 1] == ']' &&
	    resource_named(rq, arena_strndup(rq->arena, shape + 1, len - 2)) !=
	    NULL;
}

void
unread_hide(struct request *rq, struct response *rs)
{
	struct json_error error;
	struct json_object *body;
	struct buf b;

	rq->problem.current = NULL;
	rq->problem.etag = NULL;
	if (rs->body_len == 0 || !method_unsafe(rq->method) ||
	    !returns_rows(rq))
		return;
	body = json_parse_most(
	    rq->arena, rs->body, rs->body_len, VALUES_MAX, &error);
	buf_init(&b, rq->arena);
	put_hidden(&b, body);
	rs->body = b.data;
	rs->body_len = b.len;
	rs->etag = NULL;
}
