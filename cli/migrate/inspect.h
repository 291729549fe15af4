#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>

struct migration;

/*
 * Prints the source's tables by schema, and the findings of the journey's
 * checks that have the "inspect" header. dir is the folder that contains the
 * journeys. application is the folder of the application's migrations, with
 * which the source is compared, or NULL. On an error, reports it on stderr and
 * returns false.
 */
bool inspect_print(
    struct migration *, const char *dir, const char *application, bool json);

#endif
