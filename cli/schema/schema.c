/*
 * tenantry schema: creates and changes the database schema.
 *
 * migrations/ holds numbered steps, each of which runs once. schema/ holds the
 * current functions, views, triggers and policies. Each file in schema/ runs
 * again after it has changed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/command.h"
#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/schema/install.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define OLDEST_SERVER 150000
#define ATTEMPTS      15 /* attempts to acquire all locks */

struct verb {
	const char *name;
	bool locks;
	enum status (*run)(struct schema *);
};

static bool
server_new_enough(const struct pg *pg)
{
	int version = pg_version(pg);

	if (version >= OLDEST_SERVER)
		return true;
	warnx("the server is Postgres %d.%d; Tenantry needs 15 or newer",
	    version / 10000, version % 10000);
	return false;
}

static bool
in_order(struct schema *m)
{
	const char *drift = ledger_drift(m->arena, &m->ledger, &m->steps);

	if (drift == NULL)
		return true;
	warnx("%s", drift);
	return false;
}

static bool
commit(struct schema *m)
{
	if (!pg_run(m->pg, "COMMIT")) {
		pg_warn(m->pg, "COMMIT");
		return false;
	}
	fputs(m->report.data, stdout);
	fflush(stdout);
	buf_init(&m->report, m->arena);
	return true;
}

/* Returns the target version, or -1. */
static int
goal(const struct schema *m)
{
	int target = m->target == -1 ? m->steps.n : m->target;

	if (target <= m->steps.n)
		return target;
	warnx("there is no step %03d; the newest is %s", target,
	    m->steps.all[m->steps.n - 1].name);
	return -1;
}

/*
 * Prints a line on stdout and returns true if the database belongs to a later
 * release whose schema this release can use. This is the case after the
 * previous release was installed again.
 */
static bool
of_later_release(const struct schema *m)
{
	const char *newest = ledger_later(m->arena, &m->ledger, &m->steps);

	if (newest != NULL)
		printf("at %s, of a later release, which this one can use\n",
		    newest);
	return newest != NULL;
}

/*
 * Makes workers drop their connections, with the cached plans, after the
 * commit. Does nothing if the schema has no cache epoch.
 */
static bool
renew_cache_epoch(struct schema *m)
{
	if (pg_run(m->pg,
		"DO $$ BEGIN IF to_regclass('ops.cache_epoch') IS NOT NULL "
		"AND to_regprocedure('ops.new_cache_epoch()') IS NOT NULL THEN "
		"PERFORM ops.new_cache_epoch(); END IF; END $$"))
		return true;
	pg_warn(m->pg, "cannot begin a new cache epoch");
	return false;
}

static enum status
up(struct schema *m)
{
	bool done;
	int target;

	if (m->target == -1 && of_later_release(m))
		return STATUS_OK;
	if (!in_order(m))
		return STATUS_FAILED;
	if ((target = goal(m)) == -1)
		return STATUS_USAGE;
	if (!script_begin(m->pg) || !ledger_create(m->pg) ||
	    !install_up(m, target))
		return STATUS_FAILED;
	done = m->report.len > 0;
	if ((done && !renew_cache_epoch(m)) || !commit(m))
		return STATUS_FAILED;
	if (!done && m->ledger.n == m->steps.n)
		printf("up to date at %s\n", m->steps.all[m->steps.n - 1].name);
	return STATUS_OK;
}

/* Prints what "up" would run. */
static enum status
plan(struct schema *m)
{
	int target;

	if (m->target == -1 && of_later_release(m))
		return STATUS_OK;
	if (!in_order(m))
		return STATUS_FAILED;
	if ((target = goal(m)) == -1)
		return STATUS_USAGE;
	m->dry = true;
	if (!install_up(m, target))
		return STATUS_FAILED;
	if (m->report.len == 0)
		printf("up to date at %s\n", m->steps.all[m->steps.n - 1].name);
	fputs(m->report.data, stdout);
	return STATUS_OK;
}

/*
 * Undoes the steps after a version. Each step has a separate transaction,
 * because a single transaction would lock every object that the steps drop.
 * The last one stays open.
 */
static bool
steps_down(struct schema *m, int from, int to)
{
	int i;

	for (i = from; i > to; i--)
		if (!install_step_down(m, &m->steps.all[i - 1]) ||
		    (i > to + 1 && (!commit(m) || !script_begin(m->pg))))
			return false;
	return true;
}

/* Undoes whole runs. The files get their text of before these runs. */
static bool
runs_down(struct schema *m, const struct whole_runs *runs)
{
	return script_begin(m->pg) && install_undo(m, runs) &&
	    steps_down(m, m->ledger.n, runs->version) &&
	    (runs->version == 0 || install_restore(m, runs)) &&
	    (runs->version == 0 || renew_cache_epoch(m)) && commit(m);
}

/*
 * Undoes the newest steps of a run, but not all of them. No text of the files
 * fits the tables in between, so the objects of the run stay.
 */
static bool
part_down(struct schema *m, int from, int to)
{
	return script_begin(m->pg) &&
	    ledger_leave_files(m->pg, m->arena, from) &&
	    steps_down(m, from, to) && install_compile(m) &&
	    renew_cache_epoch(m) && commit(m);
}

/* Returns true if "down" can go to the version. Otherwise, says why not. */
static bool
can_go_down(const struct schema *m, int target)
{
	if (m->target == -1 && m->ledger.n - target > 1) {
		warnx("the last run had %d steps, from %s to %s; undo all of "
		      "them with \"tenantry schema down %d\"",
		    m->ledger.n - target, m->ledger.all[target].name,
		    m->ledger.all[m->ledger.n - 1].name, target);
		return false;
	}
	if (target > m->ledger.n) {
		warnx("step %03d has not run here; the newest is %s", target,
		    m->steps.all[m->ledger.n - 1].name);
		return false;
	}
	return true;
}

/*
 * Goes down to a version. The default is to undo the last run: its step with
 * the files that ran with it, or only files.
 *
 * The files get their previous text, which fits the tables before the run. For
 * this reason, several steps of a run are undone together, and only if a
 * version is given. Of the first run, only the newest step is undone, because
 * the other steps hold all the data.
 */
static enum status
down(struct schema *m)
{
	bool files_alone = m->target == -1 && m->ledger.before == m->ledger.n;
	int target = m->target != -1 ? m->target : m->ledger.before;
	struct whole_runs runs;

	if (!in_order(m))
		return STATUS_FAILED;
	if (m->ledger.n == 0) {
		warnx("nothing to undo: no step has run here");
		return STATUS_OK;
	}
	if (!can_go_down(m, target))
		return STATUS_USAGE;
	if (!ledger_whole_runs(m->pg, m->arena, target, files_alone, &runs) ||
	    !runs_down(m, &runs) ||
	    (runs.version > target && !part_down(m, runs.version, target)))
		return STATUS_FAILED;
	return STATUS_OK;
}

/*
 * Checks the confirmation, which was typed or given as an option. Reports a
 * wrong confirmation and returns false.
 */
static bool
meant(struct schema *m)
{
	const struct pg_rows *rows =
	    pg_query(m->pg, "SELECT current_database()", 0, NULL);
	const char *name, *said = m->meant;
	char line[256];

	if (rows == NULL) {
		pg_warn(m->pg, "reset");
		return false;
	}
	name = pg_value(rows, 0, 0);
	if (said == NULL) {
		fprintf(stderr,
		    "This deletes every row of every organization, "
		    "permanently.\n"
		    "Type the name of the database to continue: ");
		if (fgets(line, sizeof line, stdin) == NULL)
			line[0] = '\0';
		line[strcspn(line, "\n")] = '\0';
		said = line;
	}
	if (strcmp(said, name) == 0) {
		m->meant = name;
		return true;
	}
	warnx("the name does not match; nothing was changed");
	return false;
}

/* Goes down to an empty database and up again. */
static enum status
reset(struct schema *m)
{
	enum status status;
	int i;

	if (!in_order(m) || !meant(m))
		return STATUS_FAILED;
	m->target = 0;
	if (m->ledger.n > 0 && (status = down(m)) != STATUS_OK)
		return status;
	m->target = -1;
	m->drops = NULL;
	for (i = 0; i < m->defs.n; i++)
		m->defs.all[i]->done = false;
	return ledger_read(m->pg, m->arena, &m->ledger) ? up(m) : STATUS_FAILED;
}

static const char *
applied_at(const struct ledger *ledger, int version)
{
	int i;

	for (i = 0; i < ledger->n; i++)
		if (ledger->all[i].version == version)
			return ledger->all[i].at;
	return "-";
}

static void
show_line(const char *name, const char *at, const char *word)
{
	printf("%-32s %-20s  %s\n", name, at, word);
}

static void
show_files(const struct schema *m)
{
	const struct definition *d;
	const struct file_entry *f;
	int i;

	for (i = 0; i < m->defs.n; i++) {
		d = m->defs.all[i];
		f = ledger_file(&m->ledger, d->name);
		if (f == NULL)
			show_line(d->name, "-", "pending");
		else
			show_line(d->name, f->at,
			    strcmp(f->sum, d->sum) == 0 ? "applied"
							: "changed");
	}
	for (i = 0; i < m->ledger.nfiles; i++) {
		f = &m->ledger.files[i];
		if (definition_find(&m->defs, f->name) == NULL)
			show_line(f->name, f->at, "gone");
	}
}

/*
 * Lists the steps in the folder, the steps that only the database has, and the
 * files.
 */
static enum status
show(struct schema *m)
{
	const struct entry *e;
	int i;

	for (i = 1; i <= m->steps.n; i++)
		show_line(m->steps.all[i - 1].name, applied_at(&m->ledger, i),
		    ledger_word(&m->ledger, &m->steps, i));
	for (i = 0; i < m->ledger.n; i++) {
		e = &m->ledger.all[i];
		if (e->version > m->steps.n)
			show_line(e->name, e->at,
			    ledger_word(&m->ledger, &m->steps, e->version));
	}
	show_files(m);
	return STATUS_OK;
}

static enum status
verify(struct schema *m)
{
	int stale, n;

	if (!in_order(m))
		return STATUS_FAILED;
	if (m->ledger.n < m->steps.n) {
		warnx("%d of %d steps have not run here, the first is %s; "
		      "run tenantry schema up",
		    m->steps.n - m->ledger.n, m->steps.n,
		    m->steps.all[m->ledger.n].name);
		return STATUS_FAILED;
	}
	if ((stale = ledger_stale(&m->ledger, &m->defs)) > 0) {
		warnx("%d files of schema/ are new, changed or gone since "
		      "they ran here; run tenantry schema up",
		    stale);
		return STATUS_FAILED;
	}
	if ((n = install_drift(m, install_name_difference, NULL)) > 0)
		warnx("%d difference%s between the database and the files", n,
		    n == 1 ? "" : "s");
	return n == 0 ? STATUS_OK : STATUS_FAILED;
}

static const struct verb verbs[] = {
	{ "up", true, up },
	{ "down", true, down },
	{ "reset", true, reset },
	{ "plan", false, plan },
	{ "status", false, show },
	{ "verify", true, verify },
};

static const struct verb *
verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/*
 * Returns true if another session held a lock for too long, or waited for a
 * lock of this session.
 */
static bool
lacked_lock(const struct pg *pg)
{
	const char *state = pg_error(pg)->state;

	return state != NULL && /* NULL: the server did not send the error */
	    (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0);
}

/* Rolls back the attempt and reads the ledger again. */
static bool
forget_attempt(struct schema *m)
{
	int i;

	buf_init(&m->report, m->arena);
	m->drops = NULL;
	for (i = 0; i < m->defs.n; i++)
		m->defs.all[i]->done = false;
	return pg_run(m->pg, "ROLLBACK") &&
	    ledger_read(m->pg, m->arena, &m->ledger);
}

/*
 * Retries a verb until it acquires all locks. Requests wait for the locks that
 * the verb holds, so the locks are released between attempts to let requests
 * pass.
 */
static enum status
run_attempts(struct schema *m, const struct verb *verb)
{
	const struct timespec pause = { .tv_nsec = 500000000 };
	enum status status;
	int n;

	for (n = 1;; n++) {
		status = verb->run(m);
		if (status == STATUS_OK || !verb->locks || n == ATTEMPTS ||
		    !lacked_lock(m->pg))
			return status;
		warnx("attempt %d of %d begins", n + 1, ATTEMPTS);
		nanosleep(&pause, NULL);
		if (!forget_attempt(m))
			return status;
	}
}

static enum status
run_verb(struct schema *m, const struct verb *verb)
{
	if ((m->pg = pg_open_environment(m->arena)) == NULL)
		return STATUS_UNREACHABLE;
	if (!server_new_enough(m->pg))
		return STATUS_FAILED;
	if (verb->locks && !ledger_lock(m->arena, m->pg))
		return STATUS_FAILED;
	if (!ledger_read(m->pg, m->arena, &m->ledger))
		return STATUS_FAILED;
	return run_attempts(m, verb);
}

static bool
number(const char *text, int *n)
{
	size_t len = strlen(text);

	if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
		return false;
	*n = (int)strtol(text, NULL, 10);
	return true;
}

enum status
schema(struct invocation *in)
{
	struct schema m = { .arena = in->arena,
		.target = -1,
		.meant = command_value(in, OPTION_YES_I_MEAN) };
	const char *dir = command_sql(in);

	if (in->narguments > 0 && !number(in->arguments[0], &m.target))
		return command_misused(
		    in, "invalid migration number: \"%s\"", in->arguments[0]);
	buf_init(&m.report, in->arena);
	if (!steps_read(in->arena, dir, &m.steps) ||
	    !definitions_read(in->arena, dir, &m.defs))
		return STATUS_FAILED;
	return run_verb(&m, verb_find(in->subcommand->name));
}
