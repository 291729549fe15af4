/* Measures the database's disk. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/base/pg.h"
#include "cli/migrate/disk.h"
#include "cli/migrate/migration.h"

long long
disk_free(struct migration *m, const char **folder)
{
	const struct pg_rows *rows = pg_ask(m->target, "the disk",
	    "SELECT coalesce(inet_server_addr() <<= '127.0.0.0/8' OR"
	    " inet_server_addr() = '::1', true), coalesce((SELECT setting FROM"
	    " pg_settings WHERE name = 'data_directory'),"
	    " '/var/lib/postgresql')",
	    0, NULL);
	struct statvfs s;

	*folder = getenv("TENANTRY_DATABASE_DISK");
	if (rows == NULL)
		return -2;
	if (*folder == NULL && strcmp(pg_value(rows, 0, 0), "t") == 0)
		*folder = pg_value(rows, 0, 1);
	return *folder == NULL || statvfs(*folder, &s) != 0
	    ? -1
	    : (long long)s.f_bavail * (long long)s.f_frsize;
}
