/* Responses in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/export.h"
#include "handlers/operations/member.h"
#include "handlers/operations/responses.h"
#include "handlers/operations/shape_schema.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/*
 * Writes the schema for a success: the rows of a resource, unless the route
 * defines a schema.
 */
static void
put_success(struct buf *b, const struct route *r)
{
	bool list = strchr(r->pattern, '{') == NULL && r->status != 201;

	if (r->returns != NULL)
		shape_schema_put(b, r->returns,
		    r->resource != NULL ? r->resource->name : NULL,
		    member_context(r));
	else if (r->resource != NULL)
		shape_schema_put(b, list ? "[@]" : "@", r->resource->name, "");
	else
		buf_puts(b, "{}");
}

#define HEADER(name, about)                                                    \
	"\"" name "\":{\"schema\":{\"type\":\"string\"},"                      \
	"\"description\":\"" about "\"}"

/* Writes a resource's response headers. */
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
			"which rows, of how many") "," HEADER("Total-More-Than",
			"the total of Content-Range is a minimum, and there "
			"are more rows than this") "," HEADER("Link",
			"the next page") "}");
}

#define TEXT "{\"schema\":{\"type\":\"string\"}}"
#define RPC_ERROR                                                              \
	"{jsonrpc:'2.0',id:string|integer?,error:{code:integer,"               \
	"message:string,data?:object}}"

/* A status for refusals, and the routes that may respond with it. */
static const struct {
	const char *status, *about;
	enum { ALL, ASKS, FINDS, JOINS, WRITES_ROW, HAS_BODY } routes;
} refusals[] = {
	{ "400", "The query or the body is malformed", ALL },
	{ "401", "There is no valid session, token or key", ASKS },
	{ "403", "The origin, the session or the key does not allow it", ALL },
	{ "404", "There is no such row that the caller may see", FINDS },
	{ "409",
	    "It conflicts with other rows or with another request, or no "
	    "organization is active",
	    JOINS },
	{ "412", "The row is not as If-Match says", WRITES_ROW },
	{ "413", "The body is too large", HAS_BODY },
	{ "422", "A value, or the role of the caller, does not allow it",
	    JOINS },
	{ "429", "Too many requests: Retry-After says when to continue", ALL },
	{ "503", "Not now: Retry-After says when to repeat it", ALL },
};

static bool
may_refuse(const struct route *r, size_t i)
{
	switch (refusals[i].routes) {
	case ASKS:
		return r->need != SESSION_NONE;
	case FINDS: /* a disabled module's path is also not found */
		return strchr(r->pattern, '{') != NULL || r->org_module != NULL;
	case JOINS:
		return method_unsafe(r->method) ||
		    r->need >= SESSION_ORGANIZATION;
	case WRITES_ROW:
		return route_writes_row(r) && strchr(r->pattern, '{') != NULL;
	case HAS_BODY:
		return (r->flags & (ROUTE_BODY | ROUTE_UPLOAD)) != 0;
	default:
		return true;
	}
}

static void
put_refusal(struct buf *b, const char *kind, const char *status,
    const char *about, const char *type)
{
	buf_printf(b,
	    "%s\"%s%s\":{\"description\":\"%s\",\"content\":{"
	    "\"application/%s\":{\"schema\":{"
	    "\"$ref\":\"#/components/schemas/%s\"}}}}",
	    b->data[b->len - 1] == '{' ? "" : ",", kind, status, about, type,
	    kind);
}

void
responses_put_named(struct buf *b)
{
	size_t i;

	for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		put_refusal(b, "Problem", refusals[i].status, refusals[i].about,
		    "problem+json");
		if (refusals[i].routes != WRITES_ROW)
			put_refusal(b, "AuthError", refusals[i].status,
			    refusals[i].about, "json");
	}
	put_refusal(b, "Problem", "", "Refused", "problem+json");
	put_refusal(b, "AuthError", "", "Refused", "json");
}

void
responses_put(struct buf *b, const struct route *r)
{
	const char *kind = strncmp(r->pattern, "/api/auth/", 10) == 0
	    ? "AuthError"
	    : "Problem";
	int status = r->status != 0 ? r->status : 200;
	size_t i;

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
	if (r->verb == VERB_UPSERT) {
		buf_puts(b,
		    ",\"201\":{\"description\":\"One row is created\","
		    "\"content\":{\"application/json\":{\"schema\":");
		put_success(b, r);
		buf_puts(b, "}}}");
	}
	for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if ((r->flags & ROUTE_RPC) != 0 && i == 0) {
			buf_puts(b,
			    ",\"400\":{\"description\":\"No message\","
			    "\"content\":{\"application/json\":{"
			    "\"schema\":");
			shape_schema_put(b, RPC_ERROR, NULL, "mcp");
			buf_puts(b, "}}}");
		} else if (may_refuse(r, i))
			buf_printf(b,
			    ",\"%s\":{\"$ref\":\"#/components/responses/"
			    "%s%s\"}",
			    refusals[i].status, kind, refusals[i].status);
	buf_printf(
	    b, ",\"default\":{\"$ref\":\"#/components/responses/%s\"}}", kind);
}
