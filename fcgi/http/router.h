#ifndef ROUTER_H
#define ROUTER_H

#include <stddef.h>

#include "fcgi/http/route.h"

/* All routes of all modules in one table, made once before any fork. */
struct router {
	struct route *routes;
	size_t nroutes;
	const struct resource **resources; /* NULL-ended */
};

/*
 * Makes the table in the arena: the routes of every module, and for each of
 * its resources those of resource_routes, a list whose last row has no action.
 */
struct arena;
void router_init(struct router *, struct arena *,
    const struct module *const *modules, const struct route *resource_routes);

/* The route of that method and path, or NULL. */
const struct route *router_find(
    const struct router *, enum method, const char *path);

/* Finds the route; sets the request's route and id. */
enum problem_code router_match(
    const struct router *, struct request *) MUST_CHECK;

#endif
