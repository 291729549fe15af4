#ifndef RESOURCE_CATALOGUE_H
#define RESOURCE_CATALOGUE_H

struct arena;
struct db;
struct module;
struct resource;

/*
 * Reads the descriptions of all resources, which ops.catalogue() returns as
 * JSON. Logs an error and returns NULL if the database does not respond or has
 * no catalogue yet.
 */
const char *catalogue_read(struct db *, struct arena *);

/*
 * Builds the resources from the descriptions and the modules' hooks. The list
 * ends with NULL. A hook for a resource without a description is logged and
 * ignored, because the schema may be older than the program.
 */
const struct resource *const *catalogue_resources(
    struct arena *, const char *json, const struct module *const *modules);

#endif
