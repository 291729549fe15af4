#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "lib/db/step.h"

struct arena;
struct config;
struct db;

/* Returns the number of processes of the pool api. */
long host_workers(const struct config *);

/*
 * Returns false and logs an error if other hosts store files in another folder
 * than this host, which would respond with 404 for their files.
 */
bool host_admit(const struct config *, struct db *, struct arena *);

/* Reports this host, for ops.hosts(). */
struct db_step host_report(const struct config *, struct arena *);

#endif
