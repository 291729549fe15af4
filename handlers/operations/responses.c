/* Responses in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/bulk.h"
#include "fcgi/rest/export.h"
#include "handlers/operations/responses.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Audit entries, or with as_of the row's columns. */
#define HISTORY_SCHEMA                                                         \
	"{\"oneOf\":[{\"type\":\"object\"},{\"type\":\"array\",\"items\":{"    \
	"\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},"   \
	"\"at\":{\"type\":\"string\",\"format\":\"date-time\"},"               \
	"\"action\":{\"enum\":[\"insert\",\"update\",\"delete\",\"restore\"]}" \
	","                                                                    \
	"\"sales_id\":{\"type\":[\"integer\",\"null\"]},"                      \
	"\"name\":{\"type\":\"string\"},\"changes\":{\"type\":\"object\","     \
	"\"additionalProperties\":{\"type\":\"object\",\"properties\":{"       \
	"\"old\":{},\"new\":{}}}}}}}]}"

static const char *
success_schema(struct buf *b, const struct route *r)
{
	const char *ref;

	if (r->resource == NULL)
		return "{}";
	if (r->verb == VERB_HISTORY)
		return HISTORY_SCHEMA;
	if (r->action == resource_aggregate)
		return "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}";
	if (r->action == resource_bulk)
		return "{\"type\":\"object\"}";
	if (strchr(r->pattern, '{') == NULL && r->method != METHOD_GET &&
	    r->method != METHOD_POST)
		return "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}";
	ref = arena_printf(b->arena, "{\"$ref\":\"#/components/schemas/%s\"}",
	    r->resource->name);
	if (strchr(r->pattern, '{') != NULL || r->status == 201)
		return ref;
	return arena_printf(b->arena, "{\"type\":\"array\",\"items\":%s}", ref);
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
		buf_puts(b, ",\"headers\":{" HEADER("ETag", "of the row") "}");
	else if (r->method == METHOD_GET)
		buf_puts(b,
		    ",\"headers\":{" HEADER("Content-Range",
			"which rows, of how many") "," HEADER("Link",
			"the next page") "}");
}

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
		    ",\"content\":{\"text/csv\":{\"schema\":{}},"
		    "\"application/x-ndjson\":{\"schema\":{}}%s}",
		    r->resource->csv != NULL && r->resource->csv->format != NULL
			? ",\"text/vcard\":{\"schema\":{}}"
			: "");
	else if (r->flags & ROUTE_EVENTS)
		buf_puts(
		    b, ",\"content\":{\"text/event-stream\":{\"schema\":{}}}");
	else if (status < 300 && r->answers != NULL)
		buf_printf(b,
		    ",\"content\":{\"%s\":{\"schema\":{}},"
		    "\"application/json\":{\"schema\":{}}}",
		    r->answers);
	else if (status < 300)
		buf_printf(b,
		    ",\"content\":{\"application/json\":{\"schema\":%s}}",
		    success_schema(b, r));
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
