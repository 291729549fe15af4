/*
 * Runs the operator's statements, prints rows, and names the operator in the
 * logs.
 */
#include <err.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
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
		p.detail = e->message; /* omits the context */
	warnx("%s", p.detail != NULL ? p.detail : pg_reason(in->pg));
	return NULL;
}

enum status
operator_list(struct invocation *in, const struct pg_rows *rows,
    const struct list_column *columns, const char *none)
{
	const struct list_column *c;
	int i;

	if (rows == NULL)
		return STATUS_FAILED;
	if (command_flag(in, OPTION_JSON)) {
		pg_print_json(rows);
		return STATUS_OK;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		for (c = columns; c->number != 0; c++)
			printf("%*s%s", c->width,
			    terminal_text(
				in->arena, pg_value(rows, i, c->number)),
			    c[1].number != 0 ? "  " : "\n");
	if (pg_nrows(rows) == 0)
		puts(none);
	return STATUS_OK;
}

enum status
operator_show(struct invocation *in, const char *sql, const char *id,
    const char *const *labels)
{
	const struct pg_rows *rows = operator_ask(in, sql, 1, &id);
	const char *value;
	int i;

	if (rows == NULL)
		return STATUS_FAILED;
	if (command_flag(in, OPTION_JSON)) {
		puts(pg_value(rows, 0, 0));
		return STATUS_OK;
	}
	for (i = 0; labels[i] != NULL; i++)
		if ((value = pg_value(rows, 0, i + 1)) != NULL)
			printf("%s: %s\n", labels[i],
			    terminal_text(in->arena, value));
	return STATUS_OK;
}
