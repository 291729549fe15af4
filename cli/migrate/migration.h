#ifndef MIGRATION_H
#define MIGRATION_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/migrate/journey.h"

struct arena;
struct json_object;
struct config;
struct pg;

/* The state of a migration, which all its parts share. */
struct migration {
	struct arena *arena;
	struct arena *scratch; /* memory for one batch */
	const struct journey *journey;
	struct pg *source; /* a read-only transaction, unless "within" */
	struct pg *target; /* connection for the data */
	/* The connection to the target for progress and settings. */
	struct pg *monitor;
	/* The connection of a dry run that reads all rows of the clone. */
	struct pg *reader;
	const char *secret; /* the value of BETTER_AUTH_SECRET */
	const char *path;   /* path of the plan file */
	struct json_object *plan;
	const char *plan_text;
	const char *plan_sum; /* SHA-256 of the plan file */
	const char *id;       /* the ID of the row in ops.migration */
	/*
	 * The organization's ID if the journey is for one organization, or
	 * NULL.
	 */
	const char *organization;
	bool rehearsal; /* on a clone */
	/* A rollback does not export the organizations that it deletes. */
	bool no_archive;
	struct progress *progress;
	struct verdict *verdict;
	/* The workers' settings, once a step has fetched files. */
	const struct config *settings;
	/*
	 * The reason why a run cannot continue, if no row is at fault, or NULL.
	 */
	const char *obstacle;
};

/*
 * Opens the source and the target, with settings that make the texts of equal
 * values the same in both. The source is read in one snapshot. On an error,
 * reports it on stderr and returns false.
 */
bool migration_open(struct migration *, const char *target_url);

/*
 * Opens only the source, to inspect it, and replaces the names of tables that
 * it does not have.
 */
bool migration_open_source(struct migration *);

/* Opens the database at a URL as the source, which is also the target. */
bool migration_open_source_within(struct migration *, const char *url);

/*
 * Between these two calls, the connections to the source and the target share a
 * snapshot if both are connected to the same database.
 */
bool migration_hold_still(struct migration *);
bool migration_move_on(struct migration *);

/* Opens the clone with the role that reads the rows of all organizations. */
bool migration_open_reader(struct migration *, const char *url);

/* Opens only the target, for verbs such as status and rollback. */
bool migration_open_target(struct migration *, const char *url);

/*
 * Acquires the migration lock until the connection ends. Reports an error on
 * stderr and returns false if a different process holds the lock for two
 * seconds. Migrations of different organizations do not wait for each other.
 */
bool migration_lock(struct migration *);

/*
 * Acquires the lock for dry runs, which share one clone, as migration_lock()
 * does.
 */
bool migration_lock_clone(struct migration *);

/*
 * Checks whether the source tables that a header names exist, and whether the
 * plan imports them. Sets *there to the result. Returns false on an error.
 */
bool migration_has_tables(struct migration *, const char *names, bool *there);

/* Returns true if the plan leaves out any of the tables that a header names. */
bool migration_leaves_out(struct migration *, const char *names);

/* Sets a setting on the source and the target to one of the plan's choices. */
bool migration_set(struct migration *, const char *name, const char *value);

/*
 * Records the migration's state. On an error, reports it on stderr and returns
 * false.
 */
bool migration_set_state(
    struct migration *, const char *state, const char *message);

/*
 * Returns the name of a file beside the plan, such as "supabase.csv" for
 * "supabase.yaml" and ".csv".
 */
const char *migration_file(const struct migration *, const char *ending);

/*
 * Writes a whole file atomically, by renaming it. On an error, reports it on
 * stderr and returns false.
 */
bool migration_write(const char *path, const char *text, struct arena *);

/*
 * A point at which a test may kill the process. With TENANTRY_TEST_KILL_AT=n,
 * the nth call does so.
 */
void migration_point(void);

/*
 * Returns true after SIGINT or SIGTERM. The run then stops after the current
 * batch.
 */
bool migration_stopping(void);
void migration_catch_signals(void);

#endif
