/* Runs statements of the operator and names the operator in the logs. */
#include <err.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/operator.h"
#include "cli/pg.h"
#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/problem.h"

bool
operator_sign(struct arena *a, struct pg *pg)
{
	const struct passwd *me = getpwuid(getuid());
	const char *actor = arena_printf(
	    a, "command line (%s)", me != NULL ? me->pw_name : "unknown");

	if (pg_set(pg, "app.actor", actor) &&
	    pg_set(pg, "app.request_id", actor))
		return true;
	pg_warn(pg, "could not set the operator's name");
	return false;
}

const struct pg_rows *
operator_ask(struct invocation *in, const char *sql, int nparams,
    const char *const *params)
{
	const struct pg_rows *rows = pg_query(in->pg, sql, nparams, params);
	const struct pg_error *e = pg_error(in->pg);
	struct problem p = { .code = PROBLEM_BETTER_AUTH };

	if (rows != NULL)
		return rows;
	p.better_auth = e->message;
	if (strcmp(e->state, "ZH000") == 0)
		better_auth_error_translate(in->arena, &p);
	else if (strncmp(e->state, "ZH", 2) == 0)
		p.detail = e->message; /* without the context of ours */
	warnx("%s", p.detail != NULL ? p.detail : pg_reason(in->pg));
	return NULL;
}
