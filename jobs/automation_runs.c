/* Rules that wait for a time; what rules did is told for some days. */
#include "arena.h"
#include "chores.h"
#include "config.h"
#include "db.h"
#include "log.h"

static enum chore_end
run(struct workshop *w)
{
	const char *params[] = { arena_printf(
	    w->arena, "%ld", w->config->automation_days) };
	struct db_step step = {
		.sql = SQL("SELECT crm.sweep_automation_runs($1::integer, "
			   "5000)"),
		.params = params,
		.nparams = 1,
	};

	return chores_purge(w, "automation_runs", &step, 5000);
}

/* One rule at a time, in one transaction with how far it looked. */
static enum chore_end
look(struct workshop *w)
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
		return CHORE_FAILED;
	}
	return db_bool(&steps[0], 0, 0) ? CHORE_MORE : CHORE_DONE;
}

const struct chore automation_waits_chore = { "automation_waits", 30, look };
const struct chore automation_runs_chore = { "automation_runs", 3600, run };
