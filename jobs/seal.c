/* The chores of the audit log: to seal it, and to say daily how far. */
#include "chores.h"
#include "db.h"
#include "log.h"

/* Rows written a moment ago wait: whose clock was behind may add some. */
static enum chore_end
seal_run(struct workshop *w)
{
	struct db_step step = {
		.sql =
		    SQL("SELECT sealed, more FROM ops.seal_audit(5000, '10 s', "
			"false)")
	};

	if (!chores_ask(w, &step))
		return CHORE_FAILED;
	return db_bool(&step, 0, 1) ? CHORE_MORE : CHORE_DONE;
}

/*
 * An anchor outside of the database: with this line somebody can show that
 * no chain was cut off or made anew since.
 */
static enum chore_end
seal_tell(struct workshop *w)
{
	struct db_step step = { .sql = SQL("SELECT ops.audit_head()") };

	if (!chores_ask(w, &step))
		return CHORE_FAILED;
	log_info("audit_head head=%s", db_text(&step, 0, 0));
	return CHORE_DONE;
}

const struct chore seal_chore = { "seal", 60, seal_run };
const struct chore seal_tell_chore = { "seal_tell", 24 * 60 * 60, seal_tell };
