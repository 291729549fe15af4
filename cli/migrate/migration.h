#ifndef MIGRATION_H
#define MIGRATION_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/migrate/journey.h"

struct arena;
struct json_object;
struct config;
struct pg;

/* A migration, as all its parts use it. */
struct migration {
	struct arena *arena;
	struct arena *scratch; /* of one batch */
	const struct journey *journey;
	struct pg *source;  /* in one read-only transaction, unless within */
	struct pg *target;  /* for the data */
	struct pg *monitor; /* to the target, for progress and settings */
	struct pg *reader;  /* of a dry run: to the clone, as who reads all */
	const char *secret; /* BETTER_AUTH_SECRET */
	const char *path;   /* of the plan file */
	struct json_object *plan;
	const char *plan_text;
	const char *plan_sum;     /* SHA-256 of the plan file */
	const char *id;           /* of the row of ops.migration */
	const char *organization; /* its id, of a journey for one, or NULL */
	bool rehearsal;           /* on a clone */
	bool no_archive; /* of an organization that a rollback deletes */
	struct progress *progress;
	struct verdict *verdict;
	/* Of workers, once a step has fetched files. */
	const struct config *settings;
	/* Why a run cannot go on, though no row is to blame, or NULL. */
	const char *obstacle;
};

/*
 * Opens source and target, with the settings that make texts of values equal on
 * both.  The source is read in one snapshot.  False, with a line on stderr, on
 * failure.
 */
bool migration_open(struct migration *, const char *target_url);

/*
 * Opens the source alone, to inspect it, and replaces the names of tables that
 * it does not have.
 */
bool migration_open_source(struct migration *);

/* The same with the database of a URL, which is the target as well. */
bool migration_open_source_within(struct migration *, const char *url);

/*
 * Between these two calls, the connections to source and target share a
 * snapshot if they are of one database.
 */
bool migration_hold_still(struct migration *);
bool migration_move_on(struct migration *);

/* Opens the clone with the role that reads the rows of all organizations. */
bool migration_open_reader(struct migration *, const char *url);

/* Opens the target alone, as status, rollback and others do. */
bool migration_open_target(struct migration *, const char *url);

/*
 * Acquires the lock of migrations until the connection ends; false, with a line
 * on stderr, if another process holds it for two seconds. Migrations of
 * different organizations do not wait for each other.
 */
bool migration_lock(struct migration *);

/* The same with the lock of dry runs, which have one clone. */
bool migration_lock_clone(struct migration *);

/*
 * True if the tables of the source that a header names exist and the plan
 * imports them.
 */
bool migration_has_tables(struct migration *, const char *names, bool *there);

/* True if the plan does not import one of the tables that a header names. */
bool migration_leaves_out(struct migration *, const char *names);

/* A setting of source and target: a choice of the plan. */
bool migration_set(struct migration *, const char *name, const char *value);

/* Records the state of the migration; false, with a line on stderr. */
bool migration_set_state(
    struct migration *, const char *state, const char *message);

/* The name of a file beside the plan: "supabase.yaml" and ".csv" give
 * "supabase.csv". */
const char *migration_file(const struct migration *, const char *ending);

/* Writes a file whole, by renaming; false, with a line on stderr. */
bool migration_write(const char *path, const char *text, struct arena *);

/*
 * A point where a test may kill the process: the nth one called, with
 * TENANTRY_TEST_KILL_AT=n.
 */
void migration_point(void);

/* True after SIGINT or SIGTERM: the run stops after the current batch. */
bool migration_stopping(void);
void migration_catch_signals(void);

#endif
