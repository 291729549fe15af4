#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "lib/db/step.h"

struct arena;
struct config;
struct db;

/* Processes of the pool api. */
long host_workers(const struct config *);

/*
 * False, with a line in the log, if other hosts store files in another folder
 * than this one. Such a host would respond with 404 for their files.
 */
bool host_admit(const struct config *, struct db *, struct arena *);

/* Reports this host, for ops.hosts(). */
struct db_step host_report(const struct config *, struct arena *);

#endif
