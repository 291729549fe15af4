/* Periodic tasks for automations: run waiting rules, and delete old runs. */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/crm/automation.h"
#include "schema/identity/automation.h"
#include "schema/ops/automation.h"

static enum task_status
delete_old_runs(struct job_context *w)
{
	struct db_step step = crm_sweep_automation_runs(w->arena,
	    .days = arena_printf(w->arena, "%ld", w->config->automation_days),
	    .batch = "5000");

	return periodic_tasks_purge(w, "automation_runs", &step, 5000);
}

/* Runs one rule at a time. The transaction also stores the rule's position. */
static enum task_status
run_waiting_rule(struct job_context *w)
{
	struct db_step steps[] = {
		identity_begin_waiting_rule(w->arena, .pause = "5 min"),
		crm_run_waiting_rule(w->arena, .batch = "100"),
		ops_end_waiting_rule(w->arena),
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
	run_waiting_rule };
const struct periodic_task automation_runs_task = { "automation_runs", 60,
	delete_old_runs };
