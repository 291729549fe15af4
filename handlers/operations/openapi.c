/* Writes the OpenAPI document from the tables that route requests. */

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "handlers/operations/parameters.h"
#include "handlers/operations/responses.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

static const char *
body_schema(enum body_type type)
{
	switch (type) {
	case BODY_BOOLEAN:
		return "{\"type\":\"boolean\"}";
	case BODY_NUMBER:
		return "{\"type\":\"number\"}";
	case BODY_WHOLE:
		return "{\"type\":[\"integer\",\"string\"]}";
	case BODY_RECORD:
		return "{\"type\":\"object\"}";
	case BODY_FILE:
		return "{\"type\":[\"object\",\"string\",\"null\"]}";
	case BODY_PERMISSION:
		return "{\"type\":\"object\",\"additionalProperties\":"
		       "{\"type\":\"array\",\"items\":"
		       "{\"type\":\"string\"}}}";
	case BODY_EMAIL:
		return "{\"type\":\"string\",\"format\":\"email\"}";
	case BODY_STRING_OR_NULL:
		return "{\"type\":[\"string\",\"null\"]}";
	case BODY_STRINGS:
		return "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}";
	case BODY_LIST:
		return "{\"type\":\"array\",\"items\":{}}";
	case BODY_ROLE:
		return "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\","
		       "\"items\":{\"type\":\"string\"}}]}";
	default:
		return "{\"type\":\"string\"}";
	}
}

/* {"type":"object","properties":{...},"required":[...]} */
static void
put_object(struct buf *b, struct buf *properties, struct buf *required)
{
	buf_printf(
	    b, "{\"type\":\"object\",\"properties\":{%s}", properties->data);
	if (required->len > 0)
		buf_printf(b, ",\"required\":[%s]", required->data);
	buf_puts(b, "}");
}

/* Members of a record follow it, as "data.slug". */
static bool
member_of(const struct body_field *f, const struct body_field *record)
{
	size_t len = strlen(record->name);

	return f->name != NULL && strncmp(f->name, record->name, len) == 0 &&
	    f->name[len] == '.';
}

/* Writes the fields that belong to the record, or to none. */
static void
put_body(
    struct buf *b, const struct body_field *f, const struct body_field *record)
{
	size_t skip = record != NULL ? strlen(record->name) + 1 : 0;
	struct buf properties, required;

	buf_init(&properties, b->arena);
	buf_init(&required, b->arena);
	for (; f->name != NULL && (record == NULL || member_of(f, record));
	     f++) {
		if (strchr(f->name + skip, '.') != NULL)
			continue;
		buf_printf(&properties,
		    "%s\"%s\":", properties.len > 0 ? "," : "", f->name + skip);
		if (member_of(f + 1, f))
			put_body(&properties, f + 1, f);
		else
			buf_puts(&properties, body_schema(f->type));
		if (f->required)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", f->name + skip);
	}
	put_object(b, &properties, &required);
}

/* Writes the schema of a row, or of the body of a create. */
static void
put_row_schema(struct buf *b, const struct resource *r, bool input)
{
	struct buf properties, required;
	const struct column *c;

	buf_init(&properties, b->arena);
	buf_init(&required, b->arena);
	for (c = r->columns; c->name != NULL; c++) {
		if (input && (c->flags & (COLUMN_WRITE | COLUMN_STEPS)) == 0)
			continue;
		buf_printf(&properties, "%s\"%s\":%s",
		    properties.len > 0 ? "," : "", c->name,
		    value_schema(c->type));
		if (!input || (c->flags & COLUMN_REQUIRED) != 0)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", c->name);
	}
	put_object(b, &properties, &required);
}

static void
put_schemas(struct buf *b, const struct router *router)
{
	const struct resource *last = NULL;
	size_t i;

	buf_puts(b,
	    "\"Problem\":{\"type\":\"object\",\"properties\":{"
	    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"},"
	    "\"detail\":{\"type\":\"string\"},"
	    "\"message\":{\"type\":\"string\"},"
	    "\"errors\":{\"type\":\"object\"},"
	    "\"current\":{\"type\":\"object\"},"
	    "\"instance\":{\"type\":\"string\"}},"
	    "\"required\":[\"type\",\"title\",\"status\",\"message\"]},"
	    "\"AuthError\":{\"type\":\"object\",\"properties\":{"
	    "\"message\":{\"type\":\"string\"},"
	    "\"code\":{\"type\":\"string\"}},\"required\":[\"message\"]}");
	for (i = 0; i < router->nroutes; i++) {
		const struct resource *r = router->routes[i].resource;

		if (r == NULL || r == last)
			continue;
		last = r;
		buf_printf(b, ",\"%s\":", r->name);
		put_row_schema(b, r, false);
		if ((r->verbs & (VERB_CREATE | VERB_UPDATE)) == 0)
			continue;
		buf_printf(b, ",\"%s.input\":", r->name);
		put_row_schema(b, r, true);
	}
}

static void
put_request_body(struct buf *b, const struct route *r)
{
	if ((r->flags & ROUTE_UPLOAD) != 0)
		buf_puts(b,
		    ",\"requestBody\":{\"content\":{"
		    "\"multipart/form-data\":{\"schema\":{"
		    "\"type\":\"object\",\"properties\":{\"file\":{"
		    "\"type\":\"string\",\"format\":\"binary\"}}}},"
		    "\"*/*\":{\"schema\":{\"type\":\"string\","
		    "\"format\":\"binary\"}}}}");
	if ((r->flags & ROUTE_BODY) == 0)
		return;
	if (r->media != NULL) {
		buf_printf(b,
		    ",\"requestBody\":{\"content\":{\"%s\":{\"schema\":{"
		    "\"type\":\"string\",\"format\":\"binary\"}}}}",
		    r->media);
		return;
	}
	buf_puts(b,
	    ",\"requestBody\":{\"content\":{\"application/json\":"
	    "{\"schema\":");
	if (r->body != NULL)
		put_body(b, r->body, NULL);
	else if (r->resource != NULL)
		buf_printf(b, "{\"$ref\":\"#/components/schemas/%s.input\"}",
		    r->resource->name);
	else
		buf_puts(b, "{\"type\":\"object\"}");
	buf_puts(b, "}}}");
}

/* An API key is valid in an organization only. */
static const char *
security_schemes(enum session_need need)
{
	if (need == SESSION_NONE)
		return "[]";
	return need == SESSION_ORGANIZATION || need == SESSION_ADMIN
	    ? "[{\"cookie\":[]},{\"bearer\":[]},{\"key\":[]}]"
	    : "[{\"cookie\":[]},{\"bearer\":[]}]";
}

static void
put_operation(struct buf *b, const struct route *r)
{
	static const char *const methods[] = {
		[METHOD_GET] = "get",
		[METHOD_HEAD] = "head",
		[METHOD_POST] = "post",
		[METHOD_PUT] = "put",
		[METHOD_PATCH] = "patch",
		[METHOD_DELETE] = "delete",
		[METHOD_OPTIONS] = "options",
	};
	static const char *const needs[] = {
		[SESSION_NONE] = "anyone",
		[SESSION_USER] = "session",
		[SESSION_FRESH] = "session of today",
		[SESSION_ORGANIZATION] = "member",
		[SESSION_ADMIN] = "owner or admin",
	};

	buf_printf(b, "\"%s\":{\"summary\":", methods[r->method]);
	buf_json(b, r->summary != NULL ? r->summary : r->pattern);
	buf_printf(b, ",\"x-needs\":\"%s\",\"security\":%s,", needs[r->need],
	    security_schemes(r->need));
	if (r->resource != NULL)
		buf_printf(b, "\"x-resource\":\"%s\",", r->resource->name);
	parameters_put(b, r);
	put_request_body(b, r);
	responses_put(b, r);
	buf_puts(b, "}");
}

/*
 * True for a documented route of that pattern.  A module's own route hides
 * the one that its resource would have.
 */
static bool
route_of(const struct router *router, size_t at, const char *pattern)
{
	const struct route *r = &router->routes[at];

	return (r->flags & ROUTE_PLAIN) == 0 &&
	    strcmp(r->pattern, pattern) == 0 &&
	    router_find(router, r->method, pattern) == r;
}

/* True for the first documented route of its pattern. */
static bool
opens_path(const struct router *router, size_t at)
{
	const char *pattern = router->routes[at].pattern;
	size_t i;

	for (i = 0; i < at; i++)
		if (route_of(router, i, pattern))
			return false;
	return route_of(router, at, pattern);
}

static void
put_paths(struct buf *b, const struct router *router)
{
	const char *sep = "", *inner;
	size_t i, j;

	for (i = 0; i < router->nroutes; i++) {
		if (!opens_path(router, i))
			continue;
		buf_printf(b, "%s\"%s\":{", sep, router->routes[i].pattern);
		sep = ",";
		inner = "";
		for (j = i; j < router->nroutes; j++) {
			if (!route_of(router, j, router->routes[i].pattern))
				continue;
			buf_puts(b, inner);
			inner = ",";
			put_operation(b, &router->routes[j]);
		}
		buf_puts(b, "}");
	}
}

/* Writes the document from the tables that route and check requests. */
static enum problem_code
openapi_get(struct request *rq, struct response *rs)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Tenantry\","
	    "\"version\":\"" PACKAGE_VERSION "\",\"license\":{\"name\":"
	    "\"MIT\",\"identifier\":\"MIT\"}},\"paths\":{");
	put_paths(&b, rq->router);
	buf_puts(&b, "},\"components\":{\"schemas\":{");
	put_schemas(&b, rq->router);
	buf_printf(&b,
	    "},\"securitySchemes\":{\"cookie\":{\"type\":\"apiKey\","
	    "\"in\":\"cookie\",\"name\":\"%s\"},\"bearer\":{\"type\":"
	    "\"http\",\"scheme\":\"bearer\"},\"key\":{\"type\":"
	    "\"apiKey\",\"in\":\"header\",\"name\":\"x-api-key\"}}}}",
	    better_auth_cookie(rq->config, "session_token"));
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/openapi.json", openapi_get,
	    .summary = "This document" },
	{ .action = NULL },
};

const struct module openapi_module = { .name = "openapi", .routes = routes };
