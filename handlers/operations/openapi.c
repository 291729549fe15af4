/* Writes the OpenAPI document from the tables that route requests. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "handlers/operations/member.h"
#include "handlers/operations/openapi_30.h"
#include "handlers/operations/parameters.h"
#include "handlers/operations/responses.h"
#include "handlers/operations/shape_schema.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/version.h"
#include "lib/crypto/token.h"
#include "schema/crm/custom_object.h"
#include "schema/identity/module.h"
#include "schema/ops/json_schema.h"

static action_fn openapi_get;

static const struct query_param params[] = {
	{ "orgId", PARAM_TEXT,
	    "the ID of an organization of the caller (default: the "
	    "active organization)",
	    NULL },
	{ "tag", PARAM_TEXT,
	    "a comma-separated list of tags or modules, such as "
	    "contacts,deals",
	    NULL },
	{ "only", PARAM_TEXT, "tags: the document lists only the tags",
	    PARAM_WORDS("tags") },
	{ "version", PARAM_TEXT,
	    "3.0 for client generators that do not support version 3.1",
	    PARAM_WORDS("3.0", "3.1") },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/openapi.json", openapi_get, .params = params,
	    .summary = "Get this document", .returns = "object" },
	{ .action = NULL },
};

const struct module openapi_module = { .name = "openapi", .routes = routes };

/* Maximum number of values that an organization defines. */
#define DEFINED_MAX 1000000

/* Maximum number of values in a document that is converted. */
#define WRITTEN_VALUES_MAX 4000000

/* A list cannot have more elements than a body can have values. */
#define DIGITS_OF(n) #n
#define MAX_ITEMS(n) "\"maxItems\":" DIGITS_OF(n) ","
#define LIST_MAX     MAX_ITEMS(JSON_VALUES_MAX)

/* The document while it is being written. */
struct document {
	struct request *rq;
	struct buf out;
	/* The operations' tags: {"name":"contacts"},... */
	struct buf tags;
	const char *hidden; /* modules that the caller lacks, or NULL */
	/*
	 * Tags and modules whose operations are shown, as ",a,b,"; NULL: all.
	 */
	const char *shown;
	bool tags_only;              /* the document has no operations */
	const char *version;         /* "3.0" or "3.1"; NULL: 3.1 */
	const char *schemas_version; /* from ops.schemas_version() */
	const char *
	    /*
	     * The definitions of the caller's organization, as JSON from
	     * crm.described_custom(), or NULL.
	     */
	    custom;
	/* Schemas of resources, as members of an object. */
	const char *schemas;
	const char *webhooks; /* webhooks, as members of an object */
};

/* Returns true for a module that the caller's organization does not have. */
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
		return "{\"type\":[\"integer\",\"string\"],"
		       "\"format\":\"int64\"}";
	case BODY_WHOLE_OR_NULL:
		return "{\"type\":[\"integer\",\"string\",\"null\"],"
		       "\"format\":\"int64\"}";
	case BODY_RECORD:
	case BODY_OBJECT:
		return "{\"type\":\"object\",\"additionalProperties\":{}}";
	case BODY_FILE:
		return "{\"oneOf\":[{\"$ref\":"
		       "\"#/components/schemas/File\"},"
		       "{\"type\":\"string\"},{\"type\":\"null\"}]}";
	case BODY_PERMISSION:
		return "{\"type\":\"object\",\"additionalProperties\":"
		       "{\"type\":\"array\"," LIST_MAX "\"items\":"
		       "{\"type\":\"string\"}}}";
	case BODY_EMAIL:
		return "{\"type\":\"string\",\"format\":\"email\"}";
	case BODY_STRING_OR_NULL:
		return "{\"type\":[\"string\",\"null\"]}";
	case BODY_STRINGS:
		return "{\"type\":\"array\"," LIST_MAX
		       "\"items\":{\"type\":\"string\"}}";
	case BODY_LIST:
		return "{\"type\":\"array\"," LIST_MAX "\"items\":{}}";
	case BODY_ROLE:
		return "{\"oneOf\":[{\"type\":\"string\"},{\"type\":"
		       "\"array\"," LIST_MAX
		       "\"items\":{\"type\":\"string\"}}]}";
	default:
		return "{\"type\":\"string\"}";
	}
}

/* Writes {"type":"object","properties":{...},"required":[...]}. */
static void
put_object(struct buf *b, struct buf *properties, struct buf *required)
{
	buf_printf(
	    b, "{\"type\":\"object\",\"properties\":{%s}", properties->data);
	if (required->len > 0)
		buf_printf(b, ",\"required\":[%s]", required->data);
	buf_puts(b, "}");
}

/*
 * Returns true for a member of a record. Such fields follow the record, as in
 * "data.slug".
 */
static bool
member_of(const struct body_field *f, const struct body_field *record)
{
	size_t len = strlen(record->name);

	return f->name != NULL && strncmp(f->name, record->name, len) == 0 &&
	    f->name[len] == '.';
}

/* Writes the schema of a field, with its maximum if it has one. */
static void
put_field(struct buf *b, const struct body_field *f)
{
	const char *schema = body_schema(f->type);
	const long most = body_field_most(f);

	if (most == 0 || most == BODY_TEXT_MAX)
		buf_puts(b, schema);
	else
		buf_printf(b, "%.*s,\"maxLength\":%ld}",
		    (int)strlen(schema) - 1, schema, most);
}

/* Writes the fields of one object, or the fields outside of objects. */
static void
put_body(struct buf *b, const struct route *r, const struct body_field *f,
    const struct body_field *record)
{
	const char *resource = r->resource != NULL ? r->resource->name : NULL,
		   *context = member_context(r);
	size_t skip = record != NULL ? strlen(record->name) + 1 : 0;
	struct buf properties, required, inner;

	buf_init(&properties, b->arena);
	buf_init(&required, b->arena);
	for (; f->name != NULL && (record == NULL || member_of(f, record));
	     f++) {
		if (strchr(f->name + skip, '.') != NULL)
			continue;
		buf_init(&inner, b->arena);
		if (member_of(f + 1, f))
			put_body(&inner, r, f + 1, f);
		else if (!shape_schema_put_member(
			     &inner, r->takes, f->name, resource, context))
			put_field(&inner, f);
		member_put(&properties, context, f->name + skip,
		    (int)strlen(f->name + skip), inner.data);
		if ((f->flags & BODY_REQUIRED) != 0)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", f->name + skip);
	}
	put_object(b, &properties, &required);
}

/* Writes the schema of a body. For a create, some members are required. */
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
	if (r->verb == VERB_UPSERT)
		buf_printf(b,
		    "{\"oneOf\":[%s,{\"type\":\"array\",\"items\":%s,"
		    "\"minItems\":1,\"maxItems\":100}]}",
		    ref, ref);
	else if (r->verb != VERB_CREATE || required.len == 0)
		buf_puts(b, ref);
	else
		buf_printf(b, "{\"allOf\":[%s],\"required\":[%s]}", ref,
		    required.data);
}

/*
 * Writes the schemas of resources, which ops.resource_schemas() generates with
 * the catalogue.
 */
static void
put_schemas(struct document *d)
{
	shape_schema_put_named(&d->out);
	buf_printf(&d->out, ",%s", d->schemas);
}

static void
put_request_body(struct buf *b, const struct route *r)
{
	if ((r->flags & ROUTE_UPLOAD) != 0)
		buf_puts(b,
		    ",\"requestBody\":{\"content\":{"
		    "\"multipart/form-data\":{\"schema\":{"
		    "\"type\":\"object\",\"properties\":{\"file\":{"
		    "\"description\":\"the file\","
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
		put_body(b, r, r->body, NULL);
	else if (r->resource != NULL)
		put_input(b, r);
	else
		shape_schema_put_body(b, r->takes != NULL ? r->takes : "object",
		    NULL, member_context(r));
	buf_puts(b, "}}}");
}

/*
 * Returns the security schemes. An API key is valid only in an organization.
 * Client generators choose the first scheme, and programs have bearer tokens.
 */
static const char *
security_schemes(enum session_need need)
{
	if (need == SESSION_NONE)
		return "[]";
	return need == SESSION_ORGANIZATION || need == SESSION_ADMIN
	    ? "[{\"bearer\":[]},{\"cookie\":[]},{\"key\":[]}]"
	    : "[{\"bearer\":[]},{\"cookie\":[]}]";
}

/*
 * Returns the name of an operation: its method and path in camel case, such as
 * "getContactsById" for GET /api/contacts/{id}.
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

/* Returns the resource, or the first words of the path: "auth/organization". */
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

/* Returns true if the caller asked for this tag or module. */
static bool
shows(const struct document *d, const char *name)
{
	return d->shown == NULL ||
	    (name != NULL &&
		strstr(d->shown, arena_printf(d->rq->arena, ",%s,", name)) !=
		    NULL);
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

/*
 * Returns true for a resource that has a replacement in the caller's
 * organization.
 */
static bool
is_deprecated(const struct document *d, const struct resource *r)
{
	const struct resource *next;

	if (r == NULL || r->successor == NULL || d->hidden == NULL)
		return false;
	next = resource_find(d->rq->router->resources, r->successor);
	return next != NULL && !hides(d, next->org_module);
}

/*
 * Adds to the description of the operation that creates rows that PUT is
 * refused.
 */
static void
put_refused_upsert(struct document *d, const struct route *r)
{
	const struct resource *made = r->method == METHOD_POST
	    ? router_created(d->rq->router, r->pattern)
	    : NULL;

	if (made != NULL && (made->verbs & VERB_UPSERT) == 0)
		buf_puts(&d->out,
		    ",\"description\":\"Rows of this resource cannot be "
		    "upserted: PUT is refused with 405 upsert_unavailable.\"");
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
		[SESSION_FRESH] = "recent session",
		[SESSION_ORGANIZATION] = "member",
		[SESSION_ADMIN] = "owner or admin",
	};

	buf_printf(b, "\"%s\":{\"operationId\":\"%s\",", methods[r->method],
	    operation_id(b->arena, methods[r->method], r->pattern));
	put_tag(d, r);
	buf_puts(b, "\"summary\":");
	buf_json(b, r->summary != NULL ? r->summary : r->pattern);
	put_refused_upsert(d, r);
	buf_printf(b, ",\"x-needs\":\"%s\",\"security\":%s,", needs[r->need],
	    security_schemes(r->need));
	if (r->resource != NULL)
		buf_printf(b, "\"x-resource\":\"%s\",", r->resource->name);
	if (r->org_module != NULL)
		buf_printf(b, "\"x-module\":\"%s\",", r->org_module);
	if (is_deprecated(d, r->resource))
		buf_puts(b, "\"deprecated\":true,");
	parameters_put(b, r);
	put_request_body(b, r);
	responses_put(b, r);
	buf_puts(b, "}");
}

/*
 * Returns true for a documented route with this pattern. A module's separate
 * route hides its resource's route.
 */
static bool
route_of(const struct document *d, size_t at, const char *pattern)
{
	const struct router *router = d->rq->router;
	const struct route *r = &router->routes[at];

	return (r->flags & ROUTE_PLAIN) == 0 &&
	    strcmp(r->pattern, pattern) == 0 &&
	    router_find(router, r->method, pattern) == r &&
	    (shows(d, r->org_module) || shows(d, tag_of(d->rq->arena, r)));
}

/* Returns true for the first documented route with its pattern. */
static bool
opens_path(const struct document *d, size_t at)
{
	const char *pattern = d->rq->router->routes[at].pattern;
	size_t i;

	for (i = 0; i < at; i++)
		if (route_of(d, i, pattern))
			return false;
	return route_of(d, at, pattern);
}

static void
put_paths(struct document *d)
{
	const struct router *router = d->rq->router;
	const char *sep = "", *inner;
	size_t i, j;

	for (i = 0; i < router->nroutes; i++) {
		if (!opens_path(d, i) || hides(d, router->routes[i].org_module))
			continue;
		buf_printf(
		    &d->out, "%s\"%s\":{", sep, router->routes[i].pattern);
		sep = ",";
		inner = "";
		for (j = i; j < router->nroutes; j++) {
			if (!route_of(d, j, router->routes[i].pattern))
				continue;
			buf_puts(&d->out, inner);
			inner = ",";
			put_operation(d, &router->routes[j]);
		}
		buf_puts(&d->out, "}");
	}
}

/* Turns a route for the rows of all objects into a route for one object. */
static struct route
object_route(struct arena *a, const struct route *r, const char *name)
{
	struct route own = *r;

	own.resource = resource_of_object(a, r->resource, name);
	own.pattern = arena_printf(
	    a, "/api/%s%s", name, r->pattern + strlen("/api/" OBJECT_ROWS));
	return own;
}

static bool
opens_object_path(const struct router *router, size_t at)
{
	const struct route *r = router->objects;
	size_t i;

	for (i = 0; i < at; i++)
		if (strcmp(r[i].pattern, r[at].pattern) == 0)
			return false;
	return true;
}

/* Writes the paths for an object's rows. */
static void
put_rows_of(struct document *d, const char *name)
{
	const struct router *router = d->rq->router;
	struct arena *a = d->rq->arena;
	struct route r;
	const char *sep;
	size_t i, j;

	for (i = 0; i < router->nobjects; i++) {
		if (!opens_object_path(router, i))
			continue;
		r = object_route(a, &router->objects[i], name);
		buf_printf(&d->out, "%s\"%s\":{",
		    d->out.data[d->out.len - 1] != '{' ? "," : "", r.pattern);
		sep = "";
		for (j = i; j < router->nobjects; j++) {
			if (strcmp(router->objects[j].pattern,
				router->objects[i].pattern) != 0)
				continue;
			r = object_route(a, &router->objects[j], name);
			buf_puts(&d->out, sep);
			sep = ",";
			put_operation(d, &r);
		}
		buf_puts(&d->out, "}");
	}
}

/* Returns the definitions of the caller's organization by resource. */
static struct json_object *
defined_resources(struct document *d)
{
	const char *custom = d->custom != NULL ? d->custom : "{}";
	struct json_object *resources;
	struct json_error error;
	bool present;

	resources = json_get(json_parse_most(d->rq->arena, custom,
				 strlen(custom), DEFINED_MAX, &error),
	    "resources", &present);
	if (resources == NULL) {
		resources = json_object_new_object();
		json_own(d->rq->arena, resources);
	}
	return resources;
}

static void
put_objects(struct document *d)
{
	json_object_object_foreach(defined_resources(d), name, value)
	{
		(void)value;
		if (resource_is_object(name) && shows(d, name))
			put_rows_of(d, name);
	}
}

/* Collects the names of all schemas that a text uses, as a Postgres array. */
static const char *
names_used(struct arena *a, const char *text)
{
	static const char ref[] = "#/components/schemas/";
	struct buf b;

	buf_init(&b, a);
	while ((text = strstr(text, ref)) != NULL) {
		text += strlen(ref);
		buf_printf(&b, "%c%.*s", b.len > 0 ? ',' : '{',
		    (int)strcspn(text, ".\""), text);
	}
	buf_puts(&b, b.len > 0 ? "}" : "{}");
	return b.data;
}

/*
 * Returns the version of the API: that of the release, with a code that changes
 * if a route, a parameter, a body, a response or a field of a resource changes.
 */
static const char *
api_version(const struct document *d)
{
	const struct router *router = d->rq->router;
	const struct query_param *p;
	const struct body_field *f;
	const struct route *r;
	struct buf b;

	buf_init(&b, d->rq->arena);
	buf_puts(&b, d->schemas_version);
	for (r = router->routes; r < router->routes + router->nroutes; r++) {
		if ((r->flags & ROUTE_PLAIN) != 0)
			continue;
		buf_printf(&b, "%d %s %s %s\n", (int)r->method, r->pattern,
		    r->returns != NULL ? r->returns : "",
		    r->takes != NULL ? r->takes : "");
		for (p = r->params; p != NULL && p->name != NULL; p++)
			buf_printf(&b, "%s %d\n", p->name, (int)p->type);
		for (f = r->body; f != NULL && f->name != NULL; f++)
			buf_printf(
			    &b, "%s %d %u\n", f->name, (int)f->type, f->flags);
	}
	return arena_printf(d->rq->arena, TENANTRY_VERSION "+%.8s",
	    token_hash(d->rq->arena, b.data) + 2);
}

static void
put_head(struct document *d)
{
	const struct config *config = d->rq->config;
	struct buf *b = &d->out;

	buf_printf(b,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Tenantry\","
	    "\"version\":\"%s\",\"license\":{\"name\":"
	    "\"MIT\",\"identifier\":\"MIT\"}},\"servers\":[{\"url\":",
	    api_version(d));
	buf_json(b, config->base_url);
	buf_puts(b, "}],\"paths\":{");
}

/* Writes the paths and tags, which determine what the rest must contain. */
static void
put_beginning(struct document *d)
{
	put_head(d);
	put_paths(d);
	put_objects(d);
	if (d->tags_only) { /* keeps only the tags of the paths */
		buf_init(&d->out, d->rq->arena);
		put_head(d);
	}
	buf_printf(&d->out, "},\"tags\":[%s]", d->tags.data);
}

static void
put_end(struct document *d)
{
	struct buf *b = &d->out;

	if (d->webhooks != NULL)
		buf_printf(b, ",\"webhooks\":{%s}", d->webhooks);
	buf_puts(b, ",\"components\":{\"schemas\":{");
	put_schemas(d);
	buf_puts(b, "},\"responses\":{");
	responses_put_named(b);
	buf_printf(b,
	    "},\"securitySchemes\":{\"cookie\":{\"type\":\"apiKey\","
	    "\"in\":\"cookie\",\"name\":\"%s\"},\"bearer\":{\"type\":"
	    "\"http\",\"scheme\":\"bearer\"},\"key\":{\"type\":"
	    "\"apiKey\",\"in\":\"header\",\"name\":\"x-api-key\"}}}}",
	    better_auth_cookie(d->rq->config, "session_token"));
}

/* A document that this worker has already written. */
struct written {
	struct arena *arena; /* owns the fields below; NULL: no document */
	const char *
	    /*
	     * The facts on which the document depends, in addition to the
	     * program and the settings.
	     */
	    key;
	const char *text;
	size_t len;
	const char *etag;
};

/* Usually one document with and one without an organization. */
#define WRITTEN_MAX 2

static struct written documents[WRITTEN_MAX];

/* Caches a document in place of the oldest cached document. */
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

/* Finds the cached document for a key. Returns NULL if there is none. */
static const struct written *
find_written(const char *key)
{
	size_t i;

	for (i = 0; i < WRITTEN_MAX; i++)
		if (documents[i].arena != NULL &&
		    strcmp(documents[i].key, key) == 0)
			return &documents[i];
	return NULL;
}

/* Replaces the written document with a version 3.0 document. */
static enum problem_code
convert_to_30(struct document *d)
{
	struct arena *a = d->rq->arena;
	struct json_object *document;
	struct json_error error;

	document = json_parse_most(
	    a, d->out.data, d->out.len, WRITTEN_VALUES_MAX, &error);
	if (document == NULL) {
		log_error("openapi error=\"%s\"", error.what);
		return d->rq->problem.code = PROBLEM_INTERNAL;
	}
	buf_init(&d->out, a);
	openapi_30_put(&d->out, document);
	return PROBLEM_NONE;
}

/* Returns true if an operation in the document has this tag or module. */
static bool
is_tag_or_module(const struct document *d, const char *name)
{
	const struct router *router = d->rq->router;
	size_t i;

	for (i = 0; i < router->nroutes; i++)
		if (router->routes[i].org_module != NULL &&
		    strcmp(router->routes[i].org_module, name) == 0 &&
		    !hides(d, name))
			return true;
	return strstr(d->tags.data,
		   arena_printf(d->rq->arena, "{\"name\":\"%s\"}", name)) !=
	    NULL;
}

/* Returns the tag or module whose name is the most similar to a word. */
struct near {
	const char *word, *name;
	size_t distance;
};

static void
compare(struct near *near, const char *name)
{
	size_t distance =
	    name != NULL ? nearest_distance(near->word, name) : NEAREST_MAX;

	if (near->name == NULL || distance < near->distance) {
		near->name = name;
		near->distance = distance;
	}
}

static const char *
nearest_tag(struct document *d, const char *word)
{
	const struct router *router = d->rq->router;
	struct near near = { .word = word };
	const struct route *r;

	for (r = router->routes; r < router->routes + router->nroutes; r++) {
		if ((r->flags & ROUTE_PLAIN) != 0 || hides(d, r->org_module))
			continue;
		compare(&near, tag_of(d->rq->arena, r));
		compare(&near, r->org_module);
	}
	json_object_object_foreach(defined_resources(d), name, value)
	{
		(void)value;
		if (resource_is_object(name))
			compare(&near, name);
	}
	return near.name;
}

/* Refuses a name that is neither a tag nor a module. */
static enum problem_code
check_shown(struct document *d)
{
	const char *p = d->shown, *word;
	size_t len;

	if (p == NULL)
		return PROBLEM_NONE;
	while (*++p != '\0') {
		len = strcspn(p, ",");
		word = arena_strndup(d->rq->arena, p, len);
		if (!is_tag_or_module(d, word))
			return request_refuse(
			    d->rq, "no_such_tag", "tag", nearest_tag(d, word));
		p += len;
	}
	return PROBLEM_NONE;
}

/* Writes a document and caches it. */
static enum problem_code
write_document(struct document *d, const char *key)
{
	struct arena *a = d->rq->arena;
	struct db_step step;
	enum problem_code err;

	buf_init(&d->out, a);
	buf_init(&d->tags, a);
	put_beginning(d);
	if ((err = check_shown(d)) != PROBLEM_NONE)
		return err;
	if (d->tags_only) {
		buf_puts(&d->out, "}");
		keep(key, &d->out);
		return PROBLEM_NONE;
	}
	step = ops_api_schemas(a, .hidden = d->hidden,
	    .names = d->shown != NULL ? names_used(a, d->out.data) : NULL,
	    .custom = d->custom);
	if ((err = session_read(d->rq, &step, 1)) != PROBLEM_NONE)
		return err;
	d->schemas = db_text(&step, 0, API_SCHEMAS_SCHEMAS);
	d->webhooks = db_text(&step, 0, API_SCHEMAS_WEBHOOKS);
	put_end(d);
	if (d->version != NULL && strcmp(d->version, "3.0") == 0 &&
	    (err = convert_to_30(d)) != PROBLEM_NONE)
		return err;
	keep(key, &d->out);
	return PROBLEM_NONE;
}

/*
 * Writes the document from the tables that route and check requests, and from
 * the schemas that the database generated. The schemas cover the catalogue and
 * the definitions of the caller's organization. Callers without an organization
 * get the routes of all modules.
 */
static enum problem_code
openapi_get(struct request *rq, struct response *rs)
{
	const char *session = session_hash(rq), *org = param_text(rq, "orgId"),
		   *hash =
		       rq->key != NULL ? token_hash(rq->arena, rq->key) : NULL;
	struct db_step steps[] = { ops_schemas_version(rq->arena),
		identity_hidden_modules(rq->arena, .token_hash = session,
		    .key_hash = hash, .org = org),
		crm_described_custom(rq->arena, .token_hash = session,
		    .key_hash = hash, .org = org) };
	struct document d = { .rq = rq, .version = param_text(rq, "version") };
	const struct written *w;
	enum problem_code err;
	const char *key, *tag = param_text(rq, "tag");

	if (!param_allowed(rq, "version"))
		return param_refuse(rq, PROBLEM_MALFORMED, "version");
	if (!param_allowed(rq, "only"))
		return param_refuse(rq, PROBLEM_MALFORMED, "only");
	d.tags_only = param_text(rq, "only") != NULL;
	if (tag != NULL)
		d.shown = arena_printf(rq->arena, ",%s,", tag);
	if ((err = session_read(rq, steps, 3)) != PROBLEM_NONE)
		return err;
	d.schemas_version = db_text(&steps[0], 0, 0);
	d.hidden = db_text(&steps[1], 0, 0);
	d.custom = db_text(&steps[2], 0, 0);
	key = arena_printf(rq->arena, "%s%s\n%s\n%s\n%s\n%s",
	    d.tags_only ? "tags " : "", d.version != NULL ? d.version : "3.1",
	    d.hidden != NULL ? d.hidden : "-", d.shown != NULL ? d.shown : "-",
	    d.schemas_version, d.custom != NULL ? d.custom : "-");
	if (find_written(key) == NULL &&
	    (err = write_document(&d, key)) != PROBLEM_NONE)
		return err;
	w = find_written(key);
	answer_unless_known(rq, rs, w->etag, w->text, w->len);
	rs->cache = "private, no-cache";
	return PROBLEM_NONE;
}
