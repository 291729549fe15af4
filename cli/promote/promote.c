/*
 * tenantry promote: compares an installation that is about to get a release
 * with another installation on which that release was tried.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/base/settings_file.h"
#include "cli/promote/promote.h"
#include "lib/base/arena.h"
#include "lib/base/renamed_settings.h"

struct reader {
	struct arena *arena;
	struct other_setting *first;
};

/*
 * Keeps a setting. A later line with the same name takes precedence, as in
 * systemd.
 */
static bool
keep(void *data, const char *name, const char *value)
{
	struct reader *r = data;
	struct other_setting *s = arena_alloc(r->arena, sizeof *s);
	const struct renamed_setting *old;

	for (old = renamed_settings; old->old != NULL; old++)
		if (strcmp(old->old, name) == 0)
			name = old->current;
	*s = (struct other_setting){ name, value, r->first };
	r->first = s;
	return true;
}

static bool
open_schema(struct invocation *in, struct schema *m, struct pg *pg)
{
	*m = (struct schema){ .arena = in->arena, .pg = pg, .target = -1 };
	buf_init(&m->report, in->arena);
	return pg != NULL &&
	    steps_read(in->arena, command_sql(in), &m->steps) &&
	    definitions_read(in->arena, command_sql(in), &m->defs) &&
	    ledger_lock(in->arena, pg) &&
	    ledger_read(pg, in->arena, &m->ledger);
}

/*
 * Compares a value that identifies a database. Returns 1 if both connections
 * have the same database.
 */
static int
same_database(struct promotion *p)
{
	static const char sql[] =
	    "SELECT oid || ' ' || (SELECT extract(epoch FROM "
	    "pg_postmaster_start_time())) FROM pg_database "
	    "WHERE datname = current_database()";
	const struct pg_rows *here =
	    pg_ask(p->here.pg, "cannot read the catalogue", sql, 0, NULL);
	const struct pg_rows *there =
	    pg_ask(p->there.pg, "cannot read the catalogue", sql, 0, NULL);

	if (here == NULL || there == NULL)
		return -1;
	return strcmp(pg_value(here, 0, 0), pg_value(there, 0, 0)) == 0;
}

static enum status
compare(struct promotion *p, const struct other_setting *settings)
{
	struct doctor *d = &p->report;

	promote_settings(p, settings);
	promote_schema(p);
	promote_quota(p);
	printf("%d ok, %d warnings, %d failed: the release of the other "
	       "installation can%s be installed here\n",
	    d->count[VERDICT_OK], d->count[VERDICT_WARN],
	    d->count[VERDICT_FAIL], d->count[VERDICT_FAIL] == 0 ? "" : "not");
	return d->count[VERDICT_FAIL] == 0 ? STATUS_OK : STATUS_FAILED;
}

enum status
promote(struct invocation *in)
{
	struct promotion p = { .report = { .arena = in->arena } };
	struct reader other = { .arena = in->arena };
	const char *file = command_value(in, OPTION_FROM_SETTINGS), *url;
	struct pg *pg;
	int same;

	if (!command_flag(in, OPTION_PLAN_ONLY))
		return command_misused(in,
		    "this only plans, with --plan; tenantry upgrade installs "
		    "the release");
	if (!settings_file_read(in->arena, file, keep, &other)) {
		warn("%s", file);
		return STATUS_USAGE;
	}
	url = other_setting(other.first, "DATABASE_URL");
	if (*url == '\0') {
		warnx("%s: sets no DATABASE_URL", file);
		return STATUS_USAGE;
	}
	if ((p.report.pg = pg_open_environment(in->arena)) == NULL ||
	    (pg = pg_open(in->arena, "DATABASE_URL of the other installation",
		 url)) == NULL)
		return STATUS_UNREACHABLE;
	p.here.pg = p.report.pg;
	p.there.pg = pg;
	if ((same = same_database(&p)) == 1)
		warnx("%s: has the database of this installation", file);
	if (same != 0)
		return STATUS_FAILED;
	if (!open_schema(in, &p.here, p.here.pg) ||
	    !open_schema(in, &p.there, p.there.pg))
		return STATUS_FAILED;
	return compare(&p, other.first);
}
