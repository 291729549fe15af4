/* Shows a migration that is running in a different process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/disk.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/watch.h"
#include "lib/base/arena.h"

#define EVERY 2 /* seconds */
/* Nanoseconds of the first measurement of the CPU load. */
#define FIRST_WAIT 200000000

bool
watch_status(struct migration *m, bool json)
{
	const char *params[] = { m->journey->name, m->organization };
	const struct pg_rows *rows;
	const char *value;
	int i;

	if (json) {
		rows = pg_ask(m->target, "the migrations",
		    "SELECT x FROM jsonb_array_elements(ops.migrations()) x"
		    " WHERE x->>'journey' = $1 AND x->>'organization_id' IS NOT"
		    " DISTINCT FROM $2",
		    2,
		    (const char *const[]){ m->journey->name, m->organization });
		if (rows != NULL)
			pg_print_json(rows);
		return rows != NULL;
	}
	rows = pg_ask(m->target, "the migrations",
	    "SELECT state, to_char(started_at AT TIME ZONE 'UTC',"
	    " 'YYYY-MM-DD HH24:MI\"Z\"'), backup, message,"
	    " to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI\"Z\"'),"
	    " (SELECT ' of ' || o.slug FROM identity.organization o WHERE o.id "
	    "="
	    " organization_id) FROM ops.migration WHERE journey = $1 AND "
	    "organization_id IS NOT"
	    " DISTINCT FROM $2::uuid ORDER BY id DESC LIMIT 1",
	    2, params);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0) {
		printf("no migration %s was run\n", m->journey->name);
		return true;
	}
	value = pg_value(rows, 0, 5);
	printf("%s%s: %s, started %s", m->journey->name,
	    value != NULL ? terminal_text(m->arena, value) : "",
	    pg_value(rows, 0, 0), pg_value(rows, 0, 1));
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
	    " ops.migration WHERE journey = $1 AND organization_id IS NOT"
	    " DISTINCT FROM $2::uuid) ORDER BY step",
	    2, params);
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		printf("%-30s %-8s %10s  %10s  %10s  %10s\n",
		    pg_value(rows, i, 0), pg_value(rows, i, 1),
		    pg_value(rows, i, 2), pg_value(rows, i, 3),
		    pg_value(rows, i, 4), pg_value(rows, i, 5));
	return rows != NULL;
}

/* Reads the available and the total memory in MB. 0 means unknown. */
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

/*
 * The time of all CPUs since the start, and their idle time. 0 means unknown.
 */
struct cpu {
	unsigned long long all, idle;
};

static struct cpu
read_cpu(void)
{
	FILE *f = fopen("/proc/stat", "re");
	char line[256], *p = line, *end;
	struct cpu cpu = { 0, 0 };
	unsigned long long ticks;
	int i;

	if (f != NULL && fgets(line, sizeof line, f) != NULL &&
	    strncmp(line, "cpu ", 4) == 0)
		for (i = 0, p += 4; i < 8; i++, p = end) {
			ticks = strtoull(p, &end, 10);
			cpu.all += ticks;
			/* idle time, and time spent waiting for a disk */
			cpu.idle += i == 3 || i == 4 ? ticks : 0;
		}
	if (f != NULL)
		fclose(f);
	return cpu;
}

/* Returns the CPU load since the previous measurement, in percent. */
static double
busy(struct cpu *before)
{
	struct cpu now = read_cpu();
	double all = (double)(now.all - before->all);
	double idle = (double)(now.idle - before->idle);

	*before = now;
	return all > 0 ? 100 * (all - idle) / all : 0;
}

/*
 * Prints one line. *running is true if the migration has not ended or stopped.
 */
static bool
print_line(struct migration *m, bool json, struct cpu *cpu, bool *running)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT m.state, coalesce(p.done, 0), coalesce(p.total, 0),"
	    " coalesce(round(p.rate::numeric), 0), p.eta_seconds,"
	    " coalesce(p.lock_waits, 0), p.throttled, coalesce(p.step, 0),"
	    " (SELECT count(*) FROM pg_stat_activity WHERE datname ="
	    " current_database()), current_setting('max_connections'),"
	    " pg_size_pretty(pg_database_size(current_database()))"
	    " FROM ops.migration m LEFT JOIN ops.migration_progress p"
	    " ON p.migration_id = m.id WHERE journey = $1 AND organization_id"
	    " IS NOT DISTINCT FROM $2::uuid ORDER BY m.id DESC LIMIT 1",
	    2, (const char *const[]){ m->journey->name, m->organization });
	double percent = busy(cpu);
	long available, total;
	long long space;
	const char *eta, *folder, *disk;

	if (rows == NULL)
		return false;
	*running = pg_nrows(rows) > 0 &&
	    (strcmp(pg_value(rows, 0, 0), "running") == 0 ||
		strcmp(pg_value(rows, 0, 0), "rolling back") == 0);
	if (pg_nrows(rows) == 0) {
		printf("no migration %s was run\n", m->journey->name);
		return true;
	}
	read_memory(&available, &total);
	if ((space = disk_free(m, &folder)) == -2)
		return false;
	disk = space < 0 ? NULL
			 : arena_printf(m->scratch, "%lld", space / 1048576);
	eta = pg_value(rows, 0, 4);
	if (json)
		printf("{\"state\":\"%s\",\"done\":%s,\"total\":%s,\"rate\":%s,"
		       "\"etaSeconds\":%s,\"lockWaits\":%s,\"cpuPercent\":%.0f,"
		       "\"memoryAvailableMB\":%ld,\"memoryTotalMB\":%ld,"
		       "\"diskFreeMB\":%s,\"connections\":%s}\n",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 1),
		    pg_value(rows, 0, 2), pg_value(rows, 0, 3),
		    eta != NULL ? eta : "null", pg_value(rows, 0, 5), percent,
		    available, total, disk != NULL ? disk : "null",
		    pg_value(rows, 0, 8));
	else
		printf(
		    "%s, step %s: %s of %s rows, %s rows/s, %s s left, %s "
		    "lock waits%s%s | CPU %.0f %%, memory %ld of %ld MB free, "
		    "disk %s MB free, %s of %s connections, database %s\n",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 7),
		    pg_value(rows, 0, 1), pg_value(rows, 0, 2),
		    pg_value(rows, 0, 3), eta != NULL ? eta : "?",
		    pg_value(rows, 0, 5),
		    pg_value(rows, 0, 6) != NULL ? ", waits: " : "",
		    pg_value(rows, 0, 6) != NULL ? pg_value(rows, 0, 6) : "",
		    percent, available, total, disk != NULL ? disk : "?",
		    pg_value(rows, 0, 8), pg_value(rows, 0, 9),
		    pg_value(rows, 0, 10));
	fflush(stdout);
	return true;
}

bool
watch_follow(struct migration *m, bool json)
{
	const struct timespec pause = { .tv_sec = EVERY },
			      first = { .tv_nsec = FIRST_WAIT };
	struct cpu cpu = read_cpu();
	bool ok, running;

	nanosleep(&first, NULL);
	pg_answer_into(m->target, m->scratch);
	for (;;) {
		ok = print_line(m, json, &cpu, &running);
		arena_reset(m->scratch);
		if (!ok || !running)
			break;
		nanosleep(&pause, NULL);
	}
	pg_answer_into(m->target, m->arena);
	return ok;
}
