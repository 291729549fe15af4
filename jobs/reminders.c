/* Mails reminders of appointments and tasks when they are due. */
#include <stdlib.h>

#include "chores.h"
#include "config.h"
#include "db.h"
#include "log.h"

#define BATCH 100

static enum chore_end
run(struct workshop *w)
{
	const char *params[] = { w->config->language };
	struct db_step step = {
		.sql = SQL("SELECT ops.send_reminders(100, $1)"),
		.params = params,
		.nparams = 1,
	};
	long n;

	if (!chores_ask(w, &step))
		return CHORE_FAILED;
	n = strtol(db_text(&step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("reminders due=%ld", n);
	return n >= BATCH ? CHORE_MORE : CHORE_DONE;
}

const struct chore reminders_chore = { "reminders", 15, run };
