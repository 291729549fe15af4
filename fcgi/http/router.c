/* Builds the route table and finds the route of a request. */

#include <stdint.h>
#include <string.h>

#include "fcgi/http/named_shape.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/router.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define API "/api/"

/* Makes a route for a resource, such as GET /api/contacts/{id}. */
static struct route
resource_entry(struct arena *a, const struct route *r,
    const struct resource *resource, const char *name)
{
	struct route entry = *r;

	entry.pattern = arena_printf(a, "/api/%s%s", name, r->pattern);
	entry.resource = resource;
	entry.org_module = resource->org_module;
	if (resource->admin_verbs & r->verb)
		entry.need = SESSION_ADMIN;
	if (resource->personal)
		entry.need = SESSION_USER;
	return entry;
}

static size_t
add_resource(struct router *router, struct arena *a, size_t n,
    const struct route *r, const struct resource *resource, const char *name)
{
	for (; r->action != NULL; r++) {
		if ((resource->verbs & r->verb) == 0)
			continue;
		if (router->routes != NULL)
			router->routes[n] =
			    resource_entry(a, r, resource, name);
		n++;
	}
	return n;
}

/*
 * Adds a module's routes, except for resources that the database does not
 * describe.
 */
static size_t
add_module(struct router *router, size_t n, const struct module *m)
{
	const struct resource *resource = NULL;
	const struct route *r = m->routes;

	for (; r != NULL && r->action != NULL; r++) {
		if (r->of != NULL &&
		    (resource = resource_find(router->resources, r->of)) ==
			NULL)
			continue;
		if (router->routes != NULL) {
			router->routes[n] = *r;
			router->routes[n].org_module = m->org_module;
			router->routes[n].resource =
			    r->of != NULL ? resource : NULL;
		}
		n++;
	}
	return n;
}

/*
 * Fills in the table. Only counts the routes if the table is not allocated yet.
 */
static size_t
fill_table(struct router *router, struct arena *a,
    const struct module *const *m, const struct route *resource_routes)
{
	const struct resource *const *r = router->resources;
	size_t n = 0;

	for (; *m != NULL; m++)
		n = add_module(router, n, *m);
	for (; *r != NULL; r++) {
		n = add_resource(router, a, n, resource_routes, *r, (*r)->name);
		if ((*r)->also != NULL)
			n = add_resource(
			    router, a, n, resource_routes, *r, (*r)->also);
	}
	return n;
}

/* Reads the shapes of the bodies. */
static void
read_shapes(struct router *router, struct arena *a)
{
	struct route *r = router->routes;
	size_t i;

	for (i = 0; i < router->nroutes; i++)
		if (r[i].takes != NULL)
			r[i].shape =
			    named_shape_parse(a, router->resources, r[i].takes);
}

/* FNV-1a. */
#define HASH_START 2166136261u

static uint32_t
hash_byte(uint32_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 16777619u;
}

static size_t
bucket_of(const char *pattern)
{
	uint32_t hash = HASH_START;

	for (; *pattern != '\0' && *pattern != '{'; pattern++)
		hash = hash_byte(hash, *pattern);
	return hash % ROUTER_BUCKETS;
}

static void
chain_routes(struct router *router, struct arena *a)
{
	size_t i, bucket;

	memset(router->heads, 0, sizeof router->heads);
	router->next = arena_array(a, router->nroutes, sizeof *router->next);
	for (i = 0; i < router->nroutes; i++) {
		bucket = bucket_of(router->routes[i].pattern);
		router->next[i] = router->heads[bucket];
		router->heads[bucket] = i + 1;
	}
}

/*
 * Numbers the routes, and finds the first route for rows of objects. The routes
 * of one resource are adjacent.
 */
static void
number_routes(struct router *router)
{
	struct route *r = router->routes;
	size_t i;

	router->nobjects = 0;
	for (i = 0; i < router->nroutes; i++) {
		r[i].slot = i;
		if (r[i].resource == NULL || r[i].of != NULL ||
		    strcmp(r[i].resource->name, OBJECT_ROWS) != 0)
			continue;
		if (router->nobjects++ == 0)
			router->objects = &r[i];
	}
}

void
router_init(struct router *router, struct arena *a,
    const struct module *const *modules,
    const struct resource *const *resources,
    const struct route *resource_routes)
{
	static const struct resource *const none[] = { NULL };

	router->resources = resources != NULL ? resources : none;
	router->incomplete = resources == NULL;
	router->aliases = NULL;
	router->routes = NULL;
	router->nroutes = fill_table(router, a, modules, resource_routes);
	router->routes =
	    arena_array(a, router->nroutes, sizeof *router->routes);
	fill_table(router, a, modules, resource_routes);
	number_routes(router);
	read_shapes(router, a);
	chain_routes(router, a);
}

bool
route_writes_row(const struct route *r)
{
	return r->verb == VERB_CREATE ||
	    ((r->verb & (VERB_UPDATE | VERB_DELETE)) != 0 &&
		strchr(r->pattern, '{') != NULL);
}

/*
 * Returns true if the path matches. *id is the start of the segment that
 * matches "{word}", if there is one.
 */
static bool
pattern_matches(const char *pattern, const char *path, const char **id)
{
	for (; *pattern != '\0'; pattern++, path++) {
		if (*pattern == '{') {
			if (*path == '\0' || *path == '/')
				return false;
			*id = path;
			path += strcspn(path, "/");
			pattern = strchr(pattern, '}') + 1;
			return strcmp(pattern, path) == 0;
		}
		if (*pattern != *path)
			return false;
	}
	return *path == '\0';
}

/* A search for the first route with a method and path. */
struct search {
	const struct route *found; /* or NULL */
	const char *id;   /* the segment that matches "{word}", or NULL */
	unsigned allowed; /* bits of the methods that this path allows */
};

static void
search_bucket(const struct router *router, size_t bucket, enum method method,
    const char *path, struct search *s)
{
	const struct route *r;
	const char *id;
	size_t i;

	for (i = router->heads[bucket]; i != 0; i = router->next[i - 1]) {
		r = &router->routes[i - 1];
		id = NULL;
		if (!pattern_matches(r->pattern, path, &id))
			continue;
		s->allowed |= 1u << r->method;
		if (r->method == method && (s->found == NULL || r < s->found)) {
			s->found = r;
			s->id = id;
		}
	}
}

/*
 * Searches the routes for the rows of all objects, with the object's name in
 * the path.
 */
static struct search
search_objects(
    const struct router *router, enum method method, const char *path)
{
	const char *rest = path + strlen(API), *id;
	struct search s = { .found = NULL };
	const struct route *r = router->objects;
	size_t i;

	rest += strcspn(rest, "/");
	for (i = 0; i < router->nobjects; i++, r++) {
		id = NULL;
		if (!pattern_matches(
			r->pattern + strlen(API OBJECT_ROWS), rest, &id))
			continue;
		s.allowed |= 1u << r->method;
		if (r->method == method && s.found == NULL) {
			s.found = r;
			s.id = id;
		}
	}
	return s;
}

/*
 * Searches the table. "{" always follows "/", so each prefix of the path that
 * ends with "/" selects a bucket.
 */
static struct search
search(const struct router *router, enum method method, const char *path)
{
	struct search s = { .found = NULL };
	uint32_t hash = HASH_START;
	const char *p;

	if (strncmp(path, API OBJECT_PREFIX, strlen(API OBJECT_PREFIX)) == 0)
		return search_objects(router, method, path);

	for (p = path; *p != '\0'; p++) {
		hash = hash_byte(hash, *p);
		if (*p == '/' && p[1] != '\0')
			search_bucket(
			    router, hash % ROUTER_BUCKETS, method, path, &s);
	}
	search_bucket(router, hash % ROUTER_BUCKETS, method, path, &s);
	return s;
}

const char *
router_org_module(const struct router *router, const char *resource)
{
	const struct resource *r = resource_find(router->resources, resource);

	return r != NULL ? r->org_module : NULL;
}

const struct route *
router_find(const struct router *router, enum method method, const char *path)
{
	return search(router, method, path).found;
}

const struct resource *
router_created(const struct router *router, const char *path)
{
	if (strncmp(path, API, strlen(API)) != 0 ||
	    router_find(router, METHOD_POST, path) == NULL)
		return NULL;
	return resource_find(router->resources, path + strlen(API));
}

static enum problem_code
refuse_method(const struct router *router, struct request *rq, unsigned allowed)
{
	const struct resource *made = NULL;
	const char *near;
	struct buf b;
	int m;

	if (allowed == 0 && router->incomplete)
		return request_refuse(rq, "database_silent");
	if (allowed == 0) {
		near = nearest_path(
		    rq->arena, router->routes, router->nroutes, rq->path);
		return near != NULL
		    ? request_refuse(rq, "no_such_path_near", NULL, near)
		    : request_refuse(rq, "no_such_path");
	}
	buf_init(&b, rq->arena);
	for (m = 0; m < METHOD__MAX; m++)
		if (allowed & 1u << m)
			buf_printf(&b, "%s%s", b.len > 0 ? ", " : "",
			    method_name((enum method)m));
	rq->problem.allow = b.data;
	if (rq->method == METHOD_PUT)
		made = router_created(router, rq->path);
	return made != NULL
	    ? request_refuse(rq, "upsert_unavailable", NULL, made->name, b.data)
	    : request_refuse(rq, "method_not_allowed", NULL, b.data);
}

/*
 * Returns true if routes for GET handle HEAD. Better Auth does not support
 * HEAD. Below /api/auth, therefore, only routes for emailed links handle it,
 * because mail scanners send HEAD.
 */
static bool
handles_head(const struct router *router, const char *path)
{
	const struct route *get;

	if (strncmp(path, "/api/auth", 9) != 0)
		return true;
	get = router_find(router, METHOD_GET, path);
	return get != NULL && (get->flags & ROUTE_MAILED) != 0;
}

/*
 * Sets the route of the request. For an object, the route is a copy that has
 * the object's resource. Returns false if the path does not contain a valid
 * object name.
 */
static bool
route_object(struct request *rq, const struct route *found)
{
	const char *name = rq->path + strlen(API);
	struct route *own;

	rq->route = found;
	if (strncmp(rq->path, API OBJECT_PREFIX, strlen(API OBJECT_PREFIX)) !=
	    0)
		return true;
	own = arena_alloc(rq->arena, sizeof *own);
	*own = *found;
	own->resource = resource_of_object(rq->arena, found->resource,
	    arena_strndup(rq->arena, name, strcspn(name, "/")));
	rq->route = own;
	return own->resource != NULL;
}

enum problem_code
router_match(const struct router *router, struct request *rq)
{
	enum method method = rq->method;
	enum problem_code err;
	struct search s;

	if (router->aliases != NULL &&
	    (err = route_alias_follow(router->aliases, rq)) != PROBLEM_NONE)
		return err;
	if (method == METHOD_HEAD && handles_head(router, rq->path))
		method = METHOD_GET;
	s = search(router, method, rq->path);
	if (s.found != NULL && !route_object(rq, s.found))
		return request_refuse(rq, "no_such_path");
	if (s.found != NULL) {
		if (router->aliases != NULL && rq->alias == NULL)
			route_alias_find(router->aliases, rq);
		if (s.id != NULL)
			rq->id =
			    arena_strndup(rq->arena, s.id, strcspn(s.id, "/"));
		return PROBLEM_NONE;
	}
	if (s.allowed & 1u << METHOD_GET)
		s.allowed |= 1u << METHOD_HEAD;
	return refuse_method(router, rq, s.allowed);
}
