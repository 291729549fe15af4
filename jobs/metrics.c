/* Counts the days of one organization after another. */
#include "arena.h"
#include "chores.h"
#include "db.h"
#include "log.h"

static enum chore_end
run(struct workshop *w)
{
	struct db_step claim = { .sql = SQL("SELECT ops.claim_metrics()") };
	const char *params[1];
	struct db_step compute = {
		.sql = SQL("SELECT ops.compute_metrics($1::uuid)"),
		.params = params,
		.nparams = 1,
	};

	if (!chores_ask(w, &claim))
		return CHORE_FAILED;
	if ((params[0] = db_text(&claim, 0, 0)) == NULL)
		return CHORE_DONE;
	/* One that fails is due again in an hour, and holds up no other. */
	if (!chores_ask(w, &compute))
		log_error("metrics_failed organization=%s", params[0]);
	return CHORE_MORE;
}

const struct chore metrics_chore = { "metrics", 60, run };
