/* Query parameters in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/bulk.h"
#include "fcgi/rest/export.h"
#include "handlers/operations/parameters.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

static void
put_parameter(struct buf *b, const char *in, const char *name,
    const char *schema, const char *about)
{
	buf_printf(b,
	    "%s{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,"
	    "\"schema\":%s,\"description\":",
	    b->len > 0 ? "," : "", name, in,
	    strcmp(in, "path") == 0 ? "true" : "false", schema);
	buf_json(b, about);
	buf_puts(b, "}");
}

/* What a row is shown with, and what it must still be. */
static void
put_row_parameters(struct buf *b, const struct route *r)
{
	static const char text[] = "{\"type\":\"string\"}";
	bool one = strchr(r->pattern, '{') != NULL;

	if (r->resource == NULL || r->verb == VERB_HISTORY ||
	    r->action == resource_aggregate || r->action == resource_bulk)
		return;
	if (r->method == METHOD_GET || r->body != NULL) {
		put_parameter(b, "query", "fields", text,
		    "JSON: the members to show, in place of all");
		put_parameter(b, "query", "embed", text,
		    "JSON: rows referred to that are shown as well, and "
		    "\"changed\": who made and changed it, and when");
	}
	if (one && r->method != METHOD_GET)
		put_parameter(b, "header", "If-Match", text,
		    "the ETag of the row as it was read; else 412");
}

/* How a file is written. */
static void
put_file_parameters(struct buf *b)
{
	put_parameter(b, "query", "format",
	    "{\"enum\":[\"csv\",\"ndjson\",\"vcard\"]}",
	    "csv when absent; vcard for contacts alone");
	put_parameter(b, "query", "delimiter",
	    "{\"enum\":[\",\",\";\",\"|\",\"tab\"]}",
	    "between the cells of CSV");
	put_parameter(b, "query", "bom", "{\"enum\":[\"0\",\"1\"]}",
	    "1: CSV begins with a byte order mark");
	put_parameter(b, "query", "safe", "{\"enum\":[\"0\",\"1\"]}",
	    "0: texts of CSV that look like formulas stay as they are");
	put_parameter(
	    b, "query", "version", "{\"enum\":[\"3.0\",\"4.0\"]}", "of cards");
}

void
parameters_put(struct buf *out, const struct route *r)
{
	const char *open = strchr(r->pattern, '{');
	const char *text = "{\"type\":\"string\"}";
	struct buf b;

	buf_init(&b, out->arena);
	if (open != NULL)
		put_parameter(&b, "path",
		    arena_strndup(out->arena, open + 1, strcspn(open + 1, "}")),
		    r->resource != NULL && r->resource->key == NULL
			? "{\"type\":\"integer\"}"
			: text,
		    "which one");
	if (r->resource != NULL)
		put_parameter(&b, "query", "orgId", text,
		    "an organization of yours in place of the active one");
	if (r->resource != NULL && open == NULL && r->method != METHOD_POST)
		put_parameter(&b, "query", "filter", text,
		    "JSON object: column or column@operator, q, @or, @and");
	if (r->resource != NULL && open == NULL && r->method == METHOD_GET) {
		if (r->action != resource_aggregate)
			put_parameter(&b, "query", "sort", text,
			    "JSON: [\"column\",\"ASC\"|\"DESC\"]");
		put_parameter(&b, "query", "view", "{\"type\":\"integer\"}",
		    "a view, whose filter and sort hold besides");
	}
	if (r->action == resource_export)
		put_file_parameters(&b);
	else if (r->action == resource_aggregate) {
		put_parameter(&b, "query", "group", text,
		    "JSON: columns, a time with its unit: "
		    "[\"stage\",\"created_at:month\"]");
		put_parameter(&b, "query", "values", text,
		    "JSON: count; sum, avg, min, max of a column: "
		    "[\"count\",\"sum:amount\"]");
	} else if (r->resource != NULL && open == NULL &&
	    r->method == METHOD_GET) {
		put_parameter(&b, "query", "range", text,
		    "JSON: [first,last], both included, from 0");
		put_parameter(&b, "query", "after", text,
		    "a cursor of the header Link, in place of an offset");
		put_parameter(&b, "query", "count",
		    "{\"enum\":[\"exact\",\"none\",\"estimated\"]}",
		    "how the total of Content-Range is found");
	}
	put_row_parameters(&b, r);
	if (r->resource != NULL && r->verb == VERB_HISTORY) {
		put_parameter(&b, "query", "limit", "{\"type\":\"integer\"}",
		    "how many entries, at most 200");
		put_parameter(&b, "query", "before", "{\"type\":\"integer\"}",
		    "the id of an entry: those older than it");
		put_parameter(&b, "query", "as_of", text,
		    "a time: the row as it was then");
	}
	if (strcmp(r->pattern, "/api/search") == 0) {
		put_parameter(&b, "query", "q", text, "the words to look for");
		put_parameter(&b, "query", "types", text,
		    "names of resources with commas between; else all");
		put_parameter(&b, "query", "limit", "{\"type\":\"integer\"}",
		    "how many, at most 100");
	}
	if (method_unsafe(r->method))
		put_parameter(&b, "header", "Idempotency-Key", text,
		    "repeats answer like the first try, for a day");
	buf_printf(out, "\"parameters\":[%s]", b.data);
}
