#ifndef DISK_H
#define DISK_H

struct migration;

/*
 * Returns the free bytes on the database's disk, and sets *folder to a folder
 * on this disk: TENANTRY_DATABASE_DISK, or the data folder of a server on this
 * machine. Returns -1 if the free bytes are unknown. On an error, reports it on
 * stderr and returns -2.
 */
long long disk_free(struct migration *, const char **folder);

#endif
