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
	const struct resource *const *resources; /* NULL-ended */
	bool incomplete; /* the resources are not known yet */
	/* The routes of the rows of objects that organizations define. */
	const struct route *objects;
	size_t nobjects;
	/* Chains of routes by the hash of the text before "{": 1 + index. */
	size_t heads[ROUTER_BUCKETS], *next;
};

struct arena;

/*
 * Builds the table in the arena: the routes of every module, and
 * resource_routes for each of the resources, a NULL-terminated list. The last
 * of resource_routes has no action. Before the resources are known, they are
 * NULL: a path of no module then gets PROBLEM_UNAVAILABLE.
 */
void router_init(struct router *, struct arena *,
    const struct module *const *modules,
    const struct resource *const *resources,
    const struct route *resource_routes);

/* The organization module of the resource with a name, or NULL. */
const char *router_org_module(const struct router *, const char *resource);

/* The route of a method and path, or NULL. */
const struct route *router_find(
    const struct router *, enum method, const char *path);

/*
 * Finds the route of a request and sets its members route and id; of an old
 * path also alias, and path to the new one.
 */
enum problem_code router_match(
    const struct router *, struct request *) MUST_CHECK;

#endif
