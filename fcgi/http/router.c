/* Builds the table of routes and finds the route of a request. */

#include <string.h>

#include "fcgi/http/router.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Makes a route of a resource, such as GET /api/contacts/{id}. */
static struct route
resource_entry(struct arena *a, const struct route *r,
    const struct resource *resource, const char *name)
{
	struct route entry = *r;

	entry.pattern = arena_printf(a, "/api/%s%s", name, r->pattern);
	entry.resource = resource;
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

static const struct resource **
all_resources(struct arena *a, const struct module *const *modules)
{
	const struct resource *const *r, **all;
	const struct module *const *m;
	size_t n = 0;

	for (m = modules; *m != NULL; m++)
		for (r = (*m)->resources; r != NULL && *r != NULL; r++)
			n++;
	all = arena_array(a, n + 1, sizeof *all);
	n = 0;
	for (m = modules; *m != NULL; m++)
		for (r = (*m)->resources; r != NULL && *r != NULL; r++)
			all[n++] = *r;
	all[n] = NULL;
	return all;
}

/* Fills in the table; only counts the routes if it is not allocated yet. */
static size_t
fill_table(struct router *router, struct arena *a,
    const struct module *const *m, const struct route *resource_routes)
{
	const struct resource *const *resource;
	const struct route *r;
	size_t n = 0;

	for (; *m != NULL; m++) {
		for (r = (*m)->routes; r != NULL && r->action != NULL; r++) {
			if (router->routes != NULL)
				router->routes[n] = *r;
			n++;
		}
		resource = (*m)->resources;
		for (; resource != NULL && *resource != NULL; resource++) {
			n = add_resource(router, a, n, resource_routes,
			    *resource, (*resource)->name);
			if ((*resource)->also != NULL)
				n = add_resource(router, a, n, resource_routes,
				    *resource, (*resource)->also);
		}
	}
	return n;
}

void
router_init(struct router *router, struct arena *a,
    const struct module *const *modules, const struct route *resource_routes)
{
	router->resources = all_resources(a, modules);
	router->routes = NULL;
	router->nroutes = fill_table(router, a, modules, resource_routes);
	router->routes =
	    arena_array(a, router->nroutes, sizeof *router->routes);
	fill_table(router, a, modules, resource_routes);
}

bool
route_writes_row(const struct route *r)
{
	return r->verb == VERB_CREATE ||
	    ((r->verb & (VERB_UPDATE | VERB_DELETE)) != 0 &&
		strchr(r->pattern, '{') != NULL);
}

/* *id is the start of the segment that matches "{word}", if there is one. */
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

const struct route *
router_find(const struct router *router, enum method method, const char *path)
{
	const char *id;
	size_t i;

	for (i = 0; i < router->nroutes; i++)
		if (router->routes[i].method == method &&
		    pattern_matches(router->routes[i].pattern, path, &id))
			return &router->routes[i];
	return NULL;
}

static enum problem_code
refuse_method(struct request *rq, unsigned allowed)
{
	struct buf b;
	int m;

	if (allowed == 0)
		return request_fail(rq, PROBLEM_NOT_FOUND, "no such path");
	buf_init(&b, rq->arena);
	for (m = 0; m < METHOD__MAX; m++)
		if (allowed & 1u << m)
			buf_printf(&b, "%s%s", b.len > 0 ? ", " : "",
			    method_name((enum method)m));
	rq->problem.allow = b.data;
	return request_fail(
	    rq, PROBLEM_METHOD, "the allowed methods are %s", b.data);
}

enum problem_code
router_match(const struct router *router, struct request *rq)
{
	enum method method = rq->method;
	unsigned allowed = 0;
	const char *id;
	size_t i;

	/* Better Auth does not support HEAD; elsewhere GET handles it. */
	if (method == METHOD_HEAD && strncmp(rq->path, "/api/auth", 9) != 0)
		method = METHOD_GET;
	for (i = 0; i < router->nroutes; i++) {
		const struct route *r = &router->routes[i];

		id = NULL;
		if (!pattern_matches(r->pattern, rq->path, &id))
			continue;
		if (r->method == method) {
			rq->route = r;
			if (id != NULL)
				rq->id = arena_strndup(
				    rq->arena, id, strcspn(id, "/"));
			return PROBLEM_NONE;
		}
		allowed |= 1u << r->method;
	}
	if (allowed & 1u << METHOD_GET)
		allowed |= 1u << METHOD_HEAD;
	return refuse_method(rq, allowed);
}
