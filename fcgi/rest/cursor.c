/* Encodes and decodes list cursors. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/cursor.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/url.h"

#define LINK_MAX 8192 /* bytes; nginx accepts 16 KiB of headers */

/* Writes the part that precedes the values: ["contacts","last_name","DESC", */
static void
put_order(struct buf *b, struct request *rq, const struct sort *sort)
{
	buf_printf(b, "[\"%s\",\"%s\",\"%s\",", rq->route->resource->name,
	    sort->column->name, sort->down ? "DESC" : "ASC");
}

const char *
cursor_write(
    struct request *rq, const struct sort *sort, const struct cursor *cursor)
{
	struct buf b;

	buf_init(&b, rq->arena);
	put_order(&b, rq, sort);
	if (cursor->value != NULL)
		buf_json(&b, cursor->value);
	else
		buf_puts(&b, "null");
	buf_puts(&b, ",");
	buf_json(&b, cursor->id);
	buf_puts(&b, "]");
	return base64url_encode(rq->arena, b.data, b.len);
}

bool
cursor_read(struct request *rq, const char *text, const struct sort *sort,
    struct cursor *cursor)
{
	struct json_object *list, *value, *id;
	struct json_error error;
	unsigned char *bytes;
	struct buf order;
	size_t len;

	if ((bytes = base64url_decode(rq->arena, text, &len)) == NULL)
		return false;
	buf_init(&order, rq->arena);
	put_order(&order, rq, sort);
	if (len < order.len || memcmp(bytes, order.data, order.len) != 0)
		return false;
	list = json_parse(rq->arena, (const char *)bytes, len, &error);
	if (list == NULL || json_object_array_length(list) != 5)
		return false;
	value = json_object_array_get_idx(list, 3);
	id = json_object_array_get_idx(list, 4);
	if (!json_object_is_type(id, json_type_string) ||
	    (value != NULL && !json_object_is_type(value, json_type_string)))
		return false;
	cursor->value = value == NULL ? NULL : json_object_get_string(value);
	cursor->id = json_object_get_string(id);
	return rq->route->resource->key != NULL ||
	    value_text_fits(VALUE_BIGINT, cursor->id);
}

const char *
cursor_link(struct request *rq, const char *cursor, long nrows)
{
	const char *name;
	struct buf b;
	size_t i;

	buf_init(&b, rq->arena);
	buf_printf(&b, "<%s?", rq->path);
	for (i = 0; i < rq->nparams; i++) {
		name = rq->params[i].name;
		if (strcmp(name, "after") == 0 || strcmp(name, "range") == 0)
			continue;
		buf_printf(&b, "%s=%s&", url_encode(rq->arena, name),
		    url_encode(rq->arena, rq->params[i].value));
	}
	buf_printf(&b, "range=%%5B0%%2C%ld%%5D&after=%s>; rel=\"next\"",
	    nrows - 1, cursor);
	return b.len <= LINK_MAX ? b.data : NULL;
}
