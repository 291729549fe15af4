/* Responses in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/export.h"
#include "handlers/operations/responses.h"
#include "handlers/operations/shape.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Writes the schema of a success: the rows of a resource unless the route says. */
static void
put_success(struct buf *b, const struct route *r)
{
	bool list = strchr(r->pattern, '{') == NULL && r->status != 201;

	if (r->returns != NULL)
		shape_put(b, r->returns);
	else if (r->resource != NULL)
		shape_put(b,
		    arena_printf(
			b->arena, list ? "[%s]" : "%s", r->resource->name));
	else
		buf_puts(b, "{}");
}

#define HEADER(name, about)                                                    \
	"\"" name "\":{\"schema\":{\"type\":\"string\"},"                      \
	"\"description\":\"" about "\"}"

/* Writes the response headers of a resource. */
static void
put_headers(struct buf *b, const struct route *r)
{
	if (r->resource == NULL || r->verb == VERB_HISTORY ||
	    r->action == resource_export || r->action == resource_aggregate)
		return;
	if (route_writes_row(r) ? r->method != METHOD_DELETE
				: strchr(r->pattern, '{') != NULL)
		buf_puts(b,
		    ",\"headers\":{" HEADER("ETag", "of the row") "," HEADER(
			"X-Duplicate-Of",
			"rows that have the same value, if the configuration "
			"warns of them") "}");
	else if (r->method == METHOD_GET)
		buf_puts(b,
		    ",\"headers\":{" HEADER("Content-Range",
			"which rows, of how many") "," HEADER("Link",
			"the next page") "}");
}

#define TEXT         "{\"schema\":{\"type\":\"string\"}}"
#define SCHEMA(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define RPC_SCHEMA                                                             \
	"{\"type\":\"object\",\"properties\":{\"jsonrpc\":{\"const\":"         \
	"\"2.0\"},\"id\":{},\"error\":{\"type\":\"object\"}},"                 \
	"\"required\":[\"jsonrpc\",\"id\",\"error\"]}"

static void
put_refusal(struct buf *b, const char *status, const char *why,
    const char *type, const char *schema)
{
	buf_printf(b,
	    ",\"%s\":{\"description\":\"%s\",\"content\":{"
	    "\"application/%s\":{\"schema\":%s}}}",
	    status, why, type, schema);
}

void
responses_put(struct buf *b, const struct route *r)
{
	bool wire = strncmp(r->pattern, "/api/auth/", 10) == 0;
	int status = r->status != 0 ? r->status : 200;

	buf_printf(
	    b, ",\"responses\":{\"%d\":{\"description\":\"Done\"", status);
	if (r->action == resource_export)
		buf_printf(b,
		    ",\"content\":{\"text/csv\":" TEXT ","
		    "\"application/x-ndjson\":" TEXT "%s}",
		    r->resource->format != NULL ? ",\"text/vcard\":" TEXT : "");
	else if (r->flags & ROUTE_EVENTS)
		buf_puts(b, ",\"content\":{\"text/event-stream\":" TEXT "}");
	else if (status < 300) {
		buf_puts(b, ",\"content\":{");
		if (r->answers != NULL)
			buf_printf(b, "\"%s\":" TEXT, r->answers);
		if (r->answers == NULL || r->returns != NULL) {
			buf_printf(b, "%s\"application/json\":{\"schema\":",
			    r->answers != NULL ? "," : "");
			put_success(b, r);
			buf_puts(b, "}");
		}
		buf_puts(b, "}");
	}
	put_headers(b, r);
	buf_puts(b, "}");
	if (route_writes_row(r) && strchr(r->pattern, '{') != NULL)
		put_refusal(b, "412", "The row is not as If-Match says",
		    "problem+json", SCHEMA("Problem"));
	if ((r->flags & ROUTE_RPC) != 0)
		put_refusal(b, "400", "No message", "json", RPC_SCHEMA);
	put_refusal(b, "default", "Refused", wire ? "json" : "problem+json",
	    wire ? SCHEMA("AuthError") : SCHEMA("Problem"));
	buf_puts(b, "}");
}
