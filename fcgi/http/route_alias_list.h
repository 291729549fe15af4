#ifndef ROUTE_ALIAS_LIST_H
#define ROUTE_ALIAS_LIST_H

#include <stdbool.h>

struct arena;
struct route_aliases;
struct router;

/*
 * Reads the old paths of this release, of the router's resources that have a
 * successor, and of a file unless its name is "". Each line in the file is
 * "PATH SUCCESSOR SINCE SUNSET". Blank lines and lines that begin with "#" are
 * skipped. Prints the reason to stderr and returns false if a path is invalid.
 */
bool route_alias_list_load(struct route_aliases *, struct arena *,
    const struct router *, const char *file);

/*
 * Checks the aliases against the routes: an old path must have no route, and a
 * successor must have one. Prints the reason for a refusal to stderr.
 */
bool route_alias_list_check(
    const struct route_aliases *, const struct router *);

#endif
