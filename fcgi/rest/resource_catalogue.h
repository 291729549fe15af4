#ifndef RESOURCE_CATALOGUE_H
#define RESOURCE_CATALOGUE_H

struct arena;
struct db;
struct module;
struct resource;

/*
 * The descriptions of all resources, which ops.catalogue() returns as JSON; NULL
 * if the database does not answer or has no catalogue yet, which is logged.
 */
const char *catalogue_read(struct db *, struct arena *);

/*
 * The resources of the descriptions with the hooks of the modules, ended by
 * NULL.  A hook of a resource that has no description is logged and left out:
 * the schema may be older than the program.
 */
const struct resource *const *catalogue_resources(
    struct arena *, const char *json, const struct module *const *modules);

#endif
