/* Writes the OpenAPI document from the tables that route requests. */

#include <ctype.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "handlers/operations/parameters.h"
#include "handlers/operations/responses.h"
#include "handlers/operations/shape.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "schema/identity/module.h"
#include "schema/ops/catalog.h"

/* The document while it is written. */
struct document {
	struct request *rq;
	struct buf out;
	const char *not_null; /* " crm.contacts.id crm.contacts.tags " */
	struct buf tags;      /* of the operations: " auth/admin contacts " */
	const char *hidden;   /* modules that the caller has not, or NULL */
};

/* True for a module that the caller's organization does not have. */
static bool
hides(const struct document *d, const char *org_module)
{
	return org_module != NULL && d->hidden != NULL &&
	    strstr(d->hidden, arena_printf(d->rq->arena, " %s ", org_module)) !=
	    NULL;
}

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
	case BODY_WHOLE_OR_NULL:
		return "{\"type\":[\"integer\",\"string\",\"null\"]}";
	case BODY_RECORD:
	case BODY_OBJECT:
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

/* The table of a resource; that of another one with the same view, or NULL. */
static const char *
table_of(const struct router *router, const struct resource *r)
{
	const struct resource *const *other;

	if (r->table != NULL || r->view == NULL)
		return r->table;
	for (other = router->resources; *other != NULL; other++)
		if ((*other)->view != NULL && (*other)->table != NULL &&
		    strcmp((*other)->view, r->view) == 0)
			return (*other)->table;
	return NULL;
}

/*
 * Columns are NOT NULL by the words " table.column " of the database.  A null
 * may be sent where something stands in for it.
 */
static bool
nullable(struct document *d, const struct resource *r, const struct column *c,
    bool input)
{
	const char *table = table_of(d->rq->router, r);

	if (strcmp(c->name, "id") == 0)
		return false;
	return table == NULL || (input && c->when_null != NULL) ||
	    strstr(d->not_null,
		arena_printf(d->rq->arena, " %s.%s ", table, c->name)) == NULL;
}

static void
put_choices(struct buf *b, const char *const *choice, bool null)
{
	buf_puts(b,
	    null ? "{\"type\":[\"string\",\"null\"],\"enum\":[null"
		 : "{\"type\":\"string\",\"enum\":[");
	for (; *choice != NULL; choice++) {
		if (b->data[b->len - 1] != '[')
			buf_puts(b, ",");
		buf_json(b, *choice);
	}
	buf_puts(b, "]}");
}

/* Writes the schema of a row, or of the members that a body may have. */
static void
put_row_schema(struct document *d, const struct resource *r, bool input)
{
	struct buf properties, required;
	const struct column *c;

	buf_init(&properties, d->out.arena);
	buf_init(&required, d->out.arena);
	for (c = r->columns; c->name != NULL; c++) {
		if (input && (c->flags & (COLUMN_WRITE | COLUMN_STEPS)) == 0)
			continue;
		buf_printf(&properties,
		    "%s\"%s\":", properties.len > 0 ? "," : "", c->name);
		if (c->choices != NULL)
			put_choices(
			    &properties, c->choices, nullable(d, r, c, input));
		else
			buf_puts(&properties,
			    value_schema(d->out.arena, c->type,
				nullable(d, r, c, input)));
		if (!input)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", c->name);
	}
	put_object(&d->out, &properties, &required);
}

static void
put_resource(struct document *d, const struct resource *r)
{
	buf_printf(&d->out, ",\"%s\":", r->name);
	put_row_schema(d, r, false);
	if ((r->verbs & (VERB_CREATE | VERB_UPDATE)) == 0)
		return;
	buf_printf(&d->out, ",\"%s.input\":", r->name);
	put_row_schema(d, r, true);
}

/* Writes the schema of a body: a create requires some members. */
static void
put_input(struct buf *b, const struct route *r)
{
	const char *ref = arena_printf(b->arena,
	    "{\"$ref\":\"#/components/schemas/%s.input\"}", r->resource->name);
	const struct column *c;
	struct buf required;

	buf_init(&required, b->arena);
	for (c = r->resource->columns; c->name != NULL; c++)
		if ((c->flags & COLUMN_REQUIRED) != 0)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", c->name);
	if (r->verb != VERB_CREATE || required.len == 0)
		buf_puts(b, ref);
	else
		buf_printf(b, "{\"allOf\":[%s],\"required\":[%s]}", ref,
		    required.data);
}

static void
put_schemas(struct document *d)
{
	const struct router *router = d->rq->router;
	struct buf *b = &d->out;
	const struct resource *const *r;

	buf_puts(b,
	    "\"Problem\":{\"type\":\"object\",\"properties\":{"
	    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"},"
	    "\"detail\":{\"type\":\"string\"},"
	    "\"message\":{\"type\":\"string\"},"
	    "\"code\":{\"type\":\"string\"},"
	    "\"errors\":{\"type\":\"object\"},"
	    "\"current\":{\"type\":\"object\"},"
	    "\"instance\":{\"type\":\"string\"}},"
	    "\"required\":[\"type\",\"title\",\"status\",\"message\"]},"
	    "\"AuthError\":{\"type\":\"object\",\"properties\":{"
	    "\"message\":{\"type\":\"string\"},"
	    "\"code\":{\"type\":\"string\"}},\"required\":[\"message\"]},");
	shape_put_named(b);
	for (r = router->resources; *r != NULL; r++)
		if (!hides(d, (*r)->org_module))
			put_resource(d, *r);
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
		put_input(b, r);
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

/*
 * The name of an operation: method and path in camel case, such as
 * "getContactsById" of GET /api/contacts/{id}.
 */
static const char *
operation_id(struct arena *a, const char *method, const char *pattern)
{
	bool upper = false;
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, method);
	if (strncmp(pattern, "/api/", 5) == 0)
		pattern += 4;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '{')
			buf_puts(&b, "By");
		if (!isalnum((unsigned char)*pattern)) {
			upper = true;
			continue;
		}
		buf_printf(&b, "%c",
		    upper ? toupper((unsigned char)*pattern) : *pattern);
		upper = false;
	}
	return b.data;
}

/* The resource, or the first words of the path: "auth/organization". */
static const char *
tag_of(struct arena *a, const struct route *r)
{
	const char *from = r->pattern + 1, *end;

	if (r->resource != NULL)
		return r->resource->name;
	if (strncmp(from, "api/", 4) != 0)
		return "server";
	from += 4;
	end = from + strcspn(from, "/");
	if (strncmp(from, "auth/", 5) == 0 && strchr(end + 1, '/') != NULL)
		end = strchr(end + 1, '/');
	return arena_strndup(a, from, (size_t)(end - from));
}

static void
put_tag(struct document *d, const struct route *r)
{
	const char *tag = tag_of(d->out.arena, r);

	buf_printf(&d->out, "\"tags\":[\"%s\"],", tag);
	if (strstr(d->tags.data,
		arena_printf(d->out.arena, "{\"name\":\"%s\"}", tag)) == NULL)
		buf_printf(&d->tags, "%s{\"name\":\"%s\"}",
		    d->tags.len > 0 ? "," : "", tag);
}

static void
put_operation(struct document *d, const struct route *r)
{
	struct buf *b = &d->out;
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

	buf_printf(b, "\"%s\":{\"operationId\":\"%s\",", methods[r->method],
	    operation_id(b->arena, methods[r->method], r->pattern));
	put_tag(d, r);
	buf_puts(b, "\"summary\":");
	buf_json(b, r->summary != NULL ? r->summary : r->pattern);
	buf_printf(b, ",\"x-needs\":\"%s\",\"security\":%s,", needs[r->need],
	    security_schemes(r->need));
	if (r->resource != NULL)
		buf_printf(b, "\"x-resource\":\"%s\",", r->resource->name);
	if (r->org_module != NULL)
		buf_printf(b, "\"x-module\":\"%s\",", r->org_module);
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
put_paths(struct document *d)
{
	const struct router *router = d->rq->router;
	const char *sep = "", *inner;
	size_t i, j;

	for (i = 0; i < router->nroutes; i++) {
		if (!opens_path(router, i) ||
		    hides(d, router->routes[i].org_module))
			continue;
		buf_printf(
		    &d->out, "%s\"%s\":{", sep, router->routes[i].pattern);
		sep = ",";
		inner = "";
		for (j = i; j < router->nroutes; j++) {
			if (!route_of(router, j, router->routes[i].pattern))
				continue;
			buf_puts(&d->out, inner);
			inner = ",";
			put_operation(d, &router->routes[j]);
		}
		buf_puts(&d->out, "}");
	}
}

static void
put_document(struct document *d)
{
	const struct config *config = d->rq->config;
	struct buf *b = &d->out;

	buf_puts(b,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Tenantry\","
	    "\"version\":\"" PACKAGE_VERSION "\",\"license\":{\"name\":"
	    "\"MIT\",\"identifier\":\"MIT\"}},\"servers\":[{\"url\":");
	buf_json(b, config->base_url);
	buf_puts(b, "}],\"paths\":{");
	put_paths(d);
	buf_printf(
	    b, "},\"tags\":[%s],\"components\":{\"schemas\":{", d->tags.data);
	put_schemas(d);
	buf_printf(b,
	    "},\"securitySchemes\":{\"cookie\":{\"type\":\"apiKey\","
	    "\"in\":\"cookie\",\"name\":\"%s\"},\"bearer\":{\"type\":"
	    "\"http\",\"scheme\":\"bearer\"},\"key\":{\"type\":"
	    "\"apiKey\",\"in\":\"header\",\"name\":\"x-api-key\"}}}}",
	    better_auth_cookie(config, "session_token"));
}

/* A document that this worker has written before. */
struct written {
	struct arena *arena; /* of the following; NULL: none yet */
	const char *key; /* what it depends on, beside program and settings */
	const char *text;
	size_t len;
	const char *etag;
};

#define WRITTEN_MAX 2 /* of callers without and with an organization, mostly */

static struct written documents[WRITTEN_MAX];

/* Keeps a document instead of the older one. */
static void
keep(const char *key, const struct buf *out)
{
	struct arena *a = arena_new();

	arena_free(documents[WRITTEN_MAX - 1].arena);
	memmove(
	    documents + 1, documents, (WRITTEN_MAX - 1) * sizeof documents[0]);
	documents[0] = (struct written){
		.arena = a,
		.key = arena_strdup(a, key),
		.text = arena_strndup(a, out->data, out->len),
		.len = out->len,
		.etag =
		    arena_printf(a, "\"%.32s\"", token_hash(a, out->data) + 2),
	};
}

/* Returns the document of the key, which it writes at the first request. */
static const struct written *
written(struct document *d, const char *key)
{
	size_t i;

	for (i = 0; i < WRITTEN_MAX; i++)
		if (documents[i].arena != NULL &&
		    strcmp(documents[i].key, key) == 0)
			return &documents[i];
	buf_init(&d->out, d->rq->arena);
	buf_init(&d->tags, d->rq->arena);
	put_document(d);
	keep(key, &d->out);
	return &documents[0];
}

/*
 * Writes the document from the tables that route and check requests; the
 * database knows which columns are never null.  Callers in no organization get
 * the routes of all modules.
 */
static enum problem_code
openapi_get(struct request *rq, struct response *rs)
{
	struct db_step steps[] = { ops_columns_not_null(rq->arena),
		identity_hidden_modules(rq->arena,
		    .token_hash = session_hash(rq),
		    .key_hash =
			rq->key != NULL ? token_hash(rq->arena, rq->key) : NULL,
		    .org = param_text(rq, "orgId")) };
	struct document d = { .rq = rq };
	const struct written *w;
	enum problem_code err;

	if ((err = session_read(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	d.not_null = db_text(&steps[0], 0, 0);
	d.hidden = db_text(&steps[1], 0, 0);
	w = written(&d,
	    arena_printf(rq->arena, "%s\n%s", d.hidden != NULL ? d.hidden : "-",
		d.not_null));
	answer_unless_known(rq, rs, w->etag, w->text, w->len);
	rs->cache = "private, no-cache";
	return PROBLEM_NONE;
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/openapi.json", openapi_get,
	    .summary = "This document", .returns = "object" },
	{ .action = NULL },
};

const struct module openapi_module = { .name = "openapi", .routes = routes };
