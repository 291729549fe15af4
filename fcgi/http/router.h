#ifndef ROUTER_H
#define ROUTER_H

#include <stddef.h>

#include "fcgi/http/route.h"

#define ROUTER_BUCKETS 1024

struct route_aliases;

/* The routes of all modules in one table, built once before any fork. */
struct router {
	struct route_aliases *aliases; /* old paths, or NULL */
	struct route *routes;
	size_t nroutes;
	const struct resource *const *resources; /* NULL-terminated */
	bool incomplete; /* the resources are not known yet */
	/* The routes for rows of objects that organizations define. */
	const struct route *objects;
	size_t nobjects;
	/*
	 * Chains of routes by the hash of the text before "{". Each link is 1 +
	 * the index of a route.
	 */
	size_t heads[ROUTER_BUCKETS], *next;
};

struct arena;

/*
 * Builds the table in the arena: the routes of every module, and
 * resource_routes for each of the resources, a NULL-terminated list. The last
 * of the resource_routes has no action. Both lists are NULL before the
 * resources are known. Until then, a path that belongs to no module fails with
 * PROBLEM_UNAVAILABLE.
 */
void router_init(struct router *, struct arena *,
    const struct module *const *modules,
    const struct resource *const *resources,
    const struct route *resource_routes);

/* Returns the organization module of the resource with this name, or NULL. */
const char *router_org_module(const struct router *, const char *resource);

/* Returns the resource whose rows a POST to the path creates, or NULL. */
const struct resource *router_created(const struct router *, const char *path);

/* Finds the route of a method and path. Returns NULL if there is none. */
const struct route *router_find(
    const struct router *, enum method, const char *path);

/*
 * Finds the route of a request and sets its fields route and id. Also sets
 * alias for an old path, and sets path to the new path.
 */
enum problem_code router_match(
    const struct router *, struct request *) MUST_CHECK;

#endif
