#ifndef DECLARED_H
#define DECLARED_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Runs the migration files of an application in a scratch database of the
 * target's server, and compares it with the source: what is missing in the
 * source, what no file declares, and what differs. Prints the findings, or adds
 * them to the object unless it is NULL. On an error, reports it on stderr and
 * returns false.
 */
bool declared_compare(
    struct migration *, const char *folder, struct json_object *findings);

#endif
