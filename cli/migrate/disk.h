#ifndef DISK_H
#define DISK_H

struct migration;

/*
 * The free bytes on the disk of the database, and a folder on it: that of
 * TENANTRY_DATABASE_DISK, or where a server on this machine has its data.  -1 if
 * they are unknown, -2, with a line on stderr, on an error.
 */
long long disk_free(struct migration *, const char **folder);

#endif
