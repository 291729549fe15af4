#ifndef DECLARED_H
#define DECLARED_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Runs an application's migration files in a scratch database on the target's
 * server, and compares this database with the source: what is missing in the
 * source, what no file declares, and what differs. dir is the folder with
 * journeys/. Adds the findings to the
 * object, or prints them if it is NULL. On an error, reports it on stderr and
 * returns false.
 */
bool declared_compare(struct migration *, const char *dir, const char *folder,
    struct json_object *findings);

#endif
