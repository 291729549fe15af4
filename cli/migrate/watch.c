/* Shows a migration, from another process than that which runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "cli/migrate/migration.h"
#include "cli/migrate/watch.h"
#include "cli/pg.h"
#include "cli/terminal_text.h"
#include "lib/base/arena.h"

#define EVERY 2 /* seconds */

bool
watch_status(struct migration *m, bool json)
{
	const struct pg_rows *rows;
	const char *value;
	int i;

	if (json) {
		rows = pg_ask(m->target, "the migrations",
		    "SELECT x FROM jsonb_array_elements(ops.migrations()) x"
		    " WHERE x->>'journey' = $1",
		    1, &m->journey->name);
		if (rows != NULL)
			pg_print_json(rows);
		return rows != NULL;
	}
	rows = pg_ask(m->target, "the migrations",
	    "SELECT state, to_char(started_at AT TIME ZONE 'UTC',"
	    " 'YYYY-MM-DD HH24:MI\"Z\"'), backup, message,"
	    " to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI\"Z\"')"
	    " FROM ops.migration WHERE journey = $1 ORDER BY id DESC LIMIT 1",
	    1, &m->journey->name);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0) {
		printf("no migration %s was run\n", m->journey->name);
		return true;
	}
	printf("%s: %s, started %s", m->journey->name, pg_value(rows, 0, 0),
	    pg_value(rows, 0, 1));
	if ((value = pg_value(rows, 0, 4)) != NULL)
		printf(", ended %s", value);
	if ((value = pg_value(rows, 0, 3)) != NULL)
		printf(": %s", terminal_text(m->arena, value));
	if ((value = pg_value(rows, 0, 2)) != NULL)
		printf("\nbackup: %s", value);
	puts("\n\nStep                           state          rows     "
	     "written       known    rejected");
	rows = pg_ask(m->target, "the steps",
	    "SELECT name, s.state, total, written, known, rejected FROM"
	    " ops.migration_step s WHERE migration_id = (SELECT max(id) FROM"
	    " ops.migration WHERE journey = $1) ORDER BY step",
	    1, &m->journey->name);
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		printf("%-30s %-8s %10s  %10s  %10s  %10s\n",
		    pg_value(rows, i, 0), pg_value(rows, i, 1),
		    pg_value(rows, i, 2), pg_value(rows, i, 3),
		    pg_value(rows, i, 4), pg_value(rows, i, 5));
	return rows != NULL;
}

/* The available and the total memory in MB; 0: unknown. */
static void
read_memory(long *available, long *total)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];

	*available = *total = 0;
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "MemTotal:", 9) == 0)
			*total = strtol(line + 9, NULL, 10) / 1024;
		else if (strncmp(line, "MemAvailable:", 13) == 0)
			*available = strtol(line + 13, NULL, 10) / 1024;
	if (f != NULL)
		fclose(f);
}

/* Prints one line; *running: the migration has not ended or stopped. */
static bool
print_line(struct migration *m, bool json, bool *running)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT m.state, coalesce(p.done, 0), coalesce(p.total, 0),"
	    " coalesce(round(p.rate::numeric), 0), p.eta_seconds,"
	    " coalesce(p.lock_waits, 0), p.throttled, coalesce(p.step, 0),"
	    " (SELECT count(*) FROM pg_stat_activity WHERE datname ="
	    " current_database()), current_setting('max_connections'),"
	    " pg_size_pretty(pg_database_size(current_database()))"
	    " FROM ops.migration m LEFT JOIN ops.migration_progress p"
	    " ON p.migration_id = m.id WHERE journey = $1"
	    " ORDER BY m.id DESC LIMIT 1",
	    1, &m->journey->name);
	double load[3] = { 0 };
	long available, total;
	struct statvfs s;
	const char *eta;

	if (rows == NULL)
		return false;
	*running = pg_nrows(rows) > 0 &&
	    (strcmp(pg_value(rows, 0, 0), "running") == 0 ||
		strcmp(pg_value(rows, 0, 0), "rolling back") == 0);
	if (pg_nrows(rows) == 0) {
		printf("no migration %s was run\n", m->journey->name);
		return true;
	}
	if (getloadavg(load, 3) == -1)
		load[0] = 0;
	read_memory(&available, &total);
	if (statvfs("/var", &s) == -1)
		s.f_bavail = 0;
	eta = pg_value(rows, 0, 4);
	if (json)
		printf("{\"state\":\"%s\",\"done\":%s,\"total\":%s,\"rate\":%s,"
		       "\"etaSeconds\":%s,\"lockWaits\":%s,\"load\":%.2f,"
		       "\"memoryAvailableMB\":%ld,\"memoryTotalMB\":%ld,"
		       "\"diskFreeMB\":%llu,\"connections\":%s}\n",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 1),
		    pg_value(rows, 0, 2), pg_value(rows, 0, 3),
		    eta != NULL ? eta : "null", pg_value(rows, 0, 5), load[0],
		    available, total,
		    (unsigned long long)s.f_bavail * s.f_frsize / 1048576,
		    pg_value(rows, 0, 8));
	else
		printf("%s, step %s: %s of %s rows, %s rows/s, %s s left, %s "
		       "lock waits%s%s | load %.2f, memory %ld of %ld MB free, "
		       "disk %llu MB free, %s of %s connections, database %s\n",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 7),
		    pg_value(rows, 0, 1), pg_value(rows, 0, 2),
		    pg_value(rows, 0, 3), eta != NULL ? eta : "?",
		    pg_value(rows, 0, 5),
		    pg_value(rows, 0, 6) != NULL ? ", waits: " : "",
		    pg_value(rows, 0, 6) != NULL ? pg_value(rows, 0, 6) : "",
		    load[0], available, total,
		    (unsigned long long)s.f_bavail * s.f_frsize / 1048576,
		    pg_value(rows, 0, 8), pg_value(rows, 0, 9),
		    pg_value(rows, 0, 10));
	fflush(stdout);
	return true;
}

bool
watch_follow(struct migration *m, bool json)
{
	const struct timespec pause = { .tv_sec = EVERY };
	bool ok, running;

	pg_answer_into(m->target, m->scratch);
	for (;;) {
		ok = print_line(m, json, &running);
		arena_reset(m->scratch);
		if (!ok || !running)
			break;
		nanosleep(&pause, NULL);
	}
	pg_answer_into(m->target, m->arena);
	return ok;
}
