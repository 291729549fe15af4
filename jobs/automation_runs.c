/* Rules that wait for a time; what rules did is told for some days. */
#include "jobs/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	const char *params[] = { arena_printf(
	    w->arena, "%ld", w->config->automation_days) };
	struct db_step step = {
		.sql = SQL("SELECT crm.sweep_automation_runs($1::integer, "
			   "5000)"),
		.params = params,
		.nparams = 1,
	};

	return periodic_tasks_purge(w, "automation_runs", &step, 5000);
}

/* One rule at a time, in one transaction with how far it looked. */
static enum task_status
look(struct job_context *w)
{
	struct db_step steps[] = {
		{ .sql = SQL("SELECT identity.begin_waiting_rule('5 min')") },
		{ .sql = SQL("SELECT crm.run_waiting_rule(100)") },
		{ .sql = SQL("SELECT ops.end_waiting_rule()") },
	};
	struct problem why = { 0 };

	if (db_run(w->db, w->arena, steps, 3, &why) != PROBLEM_NONE) {
		log_error("automation error=\"%s\"",
		    why.detail != NULL ? why.detail : problem_title(why.code));
		return TASK_FAILED;
	}
	return db_bool(&steps[0], 0, 0) ? TASK_MORE : TASK_DONE;
}

const struct periodic_task automation_waits_task = { "automation_waits", 30,
	look };
const struct periodic_task automation_runs_task = { "automation_runs", 3600,
	run };
