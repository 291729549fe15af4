#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "lib/db/step.h"

struct arena;
struct config;
struct db;

/* Returns the number of processes in the pool api. */
long host_workers(const struct config *);

/*
 * Logs an error and returns false if other hosts store files in a different
 * folder. This host would respond with 404 for the files stored there.
 */
bool host_admit(const struct config *, struct db *, struct arena *);

/* Reports this host, for ops.hosts(). */
struct db_step host_report(const struct config *, struct arena *);

#endif
