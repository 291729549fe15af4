/* Parameters in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/deleted.h"
#include "handlers/operations/parameters.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define TEXT_SCHEMA  "{\"type\":\"string\"}"
#define WHOLE_SCHEMA "{\"type\":\"integer\",\"format\":\"int64\"}"

/*
 * Writes a parameter. typed is "schema":{...} or, for a JSON value,
 * "content":{...}.
 */
static void
put_typed(struct buf *b, const char *in, const char *name, const char *typed,
    const char *about)
{
	buf_printf(b,
	    "%s{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,%s,"
	    "\"description\":",
	    b->len > 0 ? "," : "", name, in,
	    strcmp(in, "path") == 0 ? "true" : "false", typed);
	buf_json(b, about);
	buf_puts(b, "}");
}

static void
put_parameter(struct buf *b, const char *in, const char *name,
    const char *schema, const char *about)
{
	put_typed(b, in, name, arena_printf(b->arena, "\"schema\":%s", schema),
	    about);
}

/*
 * Writes a parameter with a JSON value. A resource's filter lists its fields.
 */
static void
put_json(struct buf *b, const struct route *r, const struct query_param *p)
{
	static const char *const of_resource[] = { "filter", "sort", "fields" };
	const char *schema = strcmp(p->name, "embed") == 0
	    ? "{\"$ref\":\"#/components/schemas/Embed\"}"
	    : p->type == PARAM_ARRAY ? "{\"type\":\"array\",\"maxItems\":10000,"
				       "\"items\":" TEXT_SCHEMA "}"
	    : p->type == PARAM_RANGE
	    ? "{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,"
	      "\"items\":" WHOLE_SCHEMA "}"
	    : "{\"type\":\"object\",\"additionalProperties\":{}}";
	size_t i;

	/* The sort parameter of an aggregate names groups and values. */
	for (i = 0; i < sizeof of_resource / sizeof of_resource[0]; i++)
		if (r->resource != NULL &&
		    strcmp(p->name, of_resource[i]) == 0 &&
		    (strcmp(p->name, "sort") != 0 ||
			strstr(r->pattern, "/aggregate") == NULL))
			schema = arena_printf(b->arena,
			    "{\"$ref\":\"#/components/schemas/%s.%s\"}",
			    r->resource->name, p->name);
	put_typed(b, "query", p->name,
	    arena_printf(b->arena,
		"\"content\":{\"application/json\":{\"schema\":%s}}", schema),
	    p->about);
}

/* Returns false for a value of include that the resource does not have. */
static bool
has_word(const struct route *r, const struct query_param *p, const char *word)
{
	return strcmp(p->name, "include") != 0 ||
	    (r->resource != NULL && deleted_admits(r->resource, word));
}

static const char *
query_schema(
    struct arena *a, const struct route *r, const struct query_param *p)
{
	const char *const *w;
	struct buf b;
	bool first = true;

	if (p->words == NULL)
		return p->type == PARAM_WHOLE ? WHOLE_SCHEMA : TEXT_SCHEMA;
	buf_init(&b, a);
	buf_puts(&b, "{\"enum\":[");
	for (w = p->words; *w != NULL; w++) {
		if (!has_word(r, p, *w))
			continue;
		buf_puts(&b, first ? "" : ",");
		buf_json(&b, *w);
		first = false;
	}
	buf_puts(&b, "]}");
	return b.data;
}

/* Returns false for a parameter without a valid value. */
static bool
has_parameter(const struct route *r, const struct query_param *p)
{
	const char *const *w = p->words;

	while (w != NULL && *w != NULL && !has_word(r, p, *w))
		w++;
	return w == NULL || *w != NULL;
}

static void
put_query(struct buf *b, const struct route *r, const struct query_param *p)
{
	for (; p != NULL && p->name != NULL; p++)
		if (!has_parameter(r, p))
			continue;
		else if (p->type != PARAM_TEXT && p->type != PARAM_WHOLE)
			put_json(b, r, p);
		else
			put_parameter(b, "query", p->name,
			    query_schema(b->arena, r, p), p->about);
}

void
parameters_put(struct buf *out, const struct route *r)
{
	const char *open = strchr(r->pattern, '{');
	struct buf b;

	buf_init(&b, out->arena);
	if (open != NULL)
		put_parameter(&b, "path",
		    arena_strndup(out->arena, open + 1, strcspn(open + 1, "}")),
		    r->resource != NULL && r->resource->key == NULL
			? WHOLE_SCHEMA
			: TEXT_SCHEMA,
		    "which one");
	if (r->need != SESSION_NONE)
		put_query(&b, r, session_params);
	put_query(&b, r, r->params);
	if (open != NULL && route_writes_row(r))
		put_parameter(&b, "header", "If-Match", TEXT_SCHEMA,
		    "the ETag of the row as it was read; else 412");
	if (method_unsafe(r->method))
		put_parameter(&b, "header", "Idempotency-Key", TEXT_SCHEMA,
		    "repeats answer like the first try, for a day");
	if (method_unsafe(r->method) && r->need != SESSION_NONE)
		put_parameter(&b, "header", "X-Client", TEXT_SCHEMA,
		    "a tag of the client, which changes in the feed have");
	buf_printf(out, "\"parameters\":[%s]", b.data);
}
