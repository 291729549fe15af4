/* The process that runs imports. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/base/periodic_tasks.h"
#include "jobs/imports/import_job.h"
#include "jobs/imports/import_rows.h"
#include "jobs/imports/import_undo.h"
#include "jobs/imports/imports.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/import.h"

#define ROUND_S 2  /* seconds between two checks for abandoned imports */
#define TRIES   20 /* attempts at one batch before the import fails */

static void
run_import(
    struct import_job *job, int tries, const volatile sig_atomic_t *stopping)
{
	const char *state;

	if (!import_job_open(job, tries))
		return;
	state = db_text(&job->row, 0, IMPORT_JOB_STATE);
	if (tries >= TRIES)
		import_job_fail(job, "the import failed after 20 attempts");
	else if (strcmp(state, "running") == 0 ||
	    strcmp(state, "checking") == 0)
		import_rows_run(job, stopping);
	else if (strcmp(state, "undoing") == 0)
		import_undo(job, stopping);
}

/* Runs the next import that is due. Returns true if there was one. */
static bool
run_next_import(struct job_context *w, struct arena *batch,
    const volatile sig_atomic_t *stopping)
{
	struct db_step next = ops_next_import(w->arena, .lease = "20 seconds");
	struct import_job job = { .w = w, .batch = batch };
	struct db_step rest;

	if (!periodic_tasks_query(w, &next) || db_rows(&next) == 0)
		return false;
	job.ticket = db_text(&next, 0, NEXT_IMPORT_TICKET);
	job.import = db_text(&next, 0, NEXT_IMPORT_IMPORT);
	run_import(&job,
	    (int)strtol(db_text(&next, 0, NEXT_IMPORT_TRIES), NULL, 10),
	    stopping);
	rest = ops_rest_import(w->arena, .ticket = job.ticket);
	if (!periodic_tasks_query(w, &rest))
		log_error("import id=%s error=\"not given back\"", job.import);
	return true;
}

static void
wait_for_notify(struct job_context *w, const sigset_t *waiting)
{
	struct pollfd fd = { .fd = db_socket(w->db), .events = POLLIN };
	const struct timespec t = { .tv_sec = ROUND_S };

	ppoll(&fd, 1, &t, waiting);
}

void
imports_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct sql listen = SQL("LISTEN tenantry_imports");
	struct job_context w = { .config = config };
	struct problem why = { 0 };
	struct arena *batch = arena_new();

	w.db = db_new(w.config);
	w.arena = arena_new();
	while (!*stopping) {
		if (db_listen(w.db, w.arena, listen, &why) != PROBLEM_NONE)
			log_error(
			    "imports error=\"%s\"", problem_title(why.code));
		db_notified(w.db);
		arena_reset(w.arena);
		if (run_next_import(&w, batch, stopping))
			continue;
		if (job_supervisor_once())
			break;
		wait_for_notify(&w, waiting);
	}
	arena_free(w.arena);
	arena_free(batch);
	db_free(w.db);
}
