/* Compares two installations' schemas. */
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/promote/promote.h"
#include "cli/schema/catalogue.h"
#include "lib/base/arena.h"

/* Returns true if the current files created this schema. */
static bool
is_of_this_release(const struct schema *m)
{
	return m->ledger.n == m->steps.n &&
	    ledger_drift(m->arena, &m->ledger, &m->steps) == NULL &&
	    ledger_stale(&m->ledger, &m->defs) == 0;
}

/* Compares a schema with the files that created it. */
static void
report_drift(struct promotion *p, struct schema *m, const char *what)
{
	int n = install_drift(m, install_name_difference, NULL);

	if (n > 0)
		report(&p->report, VERDICT_FAIL, what,
		    "%d object%s named above differ%s from the files of the "
		    "release; undo what was changed by hand",
		    n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	else if (n < 0)
		report(&p->report, VERDICT_FAIL, what,
		    "cannot be compared with the files; see the message "
		    "above");
	else
		report(&p->report, VERDICT_OK, what, "as in the files");
}

/*
 * Checks that the steps in both installations are identical. Reports a
 * difference and returns false.
 */
static bool
have_common_past(struct promotion *p)
{
	const struct ledger *here = &p->here.ledger, *there = &p->there.ledger;
	int i;

	if (there->n == 0)
		report(&p->report, VERDICT_FAIL, "migrations",
		    "there is no schema in the other database");
	else if (here->n > there->n)
		report(&p->report, VERDICT_FAIL, "migrations",
		    "%s ran here and not there; the other installation is "
		    "older than this one",
		    here->all[there->n].name);
	else {
		for (i = 0; i < here->n; i++)
			if (strcmp(here->all[i].name, there->all[i].name) !=
				0 ||
			    strcmp(here->all[i].sum, there->all[i].sum) != 0)
				break;
		if (i == here->n)
			return true;
		report(&p->report, VERDICT_FAIL, "migrations",
		    "%s ran here, and another file as %s there",
		    here->all[i].name, there->all[i].name);
	}
	return false;
}

static void
report_pending(struct promotion *p)
{
	const struct ledger *here = &p->here.ledger, *there = &p->there.ledger;
	int i;

	for (i = here->n; i < there->n; i++)
		report(&p->report,
		    there->all[i].compatible ? VERDICT_OK : VERDICT_WARN,
		    "would run", "%s%s", there->all[i].name,
		    there->all[i].compatible
			? ""
			: ", after which the current release cannot be "
			  "installed again");
	if (here->n == there->n)
		report(&p->report, VERDICT_OK, "migrations", "both are at %s",
		    there->all[there->n - 1].name);
}

/* Lists the files in schema/ that would run. Returns their number. */
static int
report_files(struct promotion *p)
{
	const struct ledger *here = &p->here.ledger, *there = &p->there.ledger;
	const struct file_entry *f;
	int i, n = 0;

	for (i = 0; i < there->nfiles; i++) {
		f = ledger_file(here, there->files[i].name);
		if (f != NULL && strcmp(f->sum, there->files[i].sum) == 0)
			continue;
		report(&p->report, VERDICT_OK, "would run", "%s",
		    there->files[i].name);
		n++;
	}
	for (i = 0; i < here->nfiles; i++) {
		if (ledger_file(there, here->files[i].name) != NULL)
			continue;
		report(&p->report, VERDICT_OK, "would be gone", "%s",
		    here->files[i].name);
		n++;
	}
	return n;
}

/* Reports values that were added to an enumeration on one side. */
static void
name_values(void *to, const char *name, int side)
{
	if (side == CATALOGUE_MORE)
		report(
		    to, VERDICT_OK, "values", "%s has more values here", name);
	else
		report(to, VERDICT_WARN, "values",
		    "%s has more values there; add them here with ALTER TYPE "
		    "... ADD VALUE",
		    name);
}

static void
name_change(void *data, const char *name, int side)
{
	if (side >= CATALOGUE_MORE)
		name_values(data, name, side);
	else
		report(data, VERDICT_OK, "would change", "%s %s",
		    side == 0      ? "changes"
			: side < 0 ? "drops"
				   : "adds",
		    name);
}

static void
name_drift(void *data, const char *name, int side)
{
	if (side >= CATALOGUE_MORE)
		name_values(data, name, side);
	else
		report(data, VERDICT_FAIL, "drift", "%s %s", name,
		    side == 0      ? "differs between both"
			: side < 0 ? "is here and not there"
				   : "is there and not here");
}

static const struct pg_rows *
read_catalogue(struct pg *pg)
{
	const struct pg_rows *rows =
	    script_begin(pg) ? catalogue_read(pg) : NULL;

	return rows != NULL && pg_run(pg, "ROLLBACK") ? rows : NULL;
}

/*
 * Reports differing objects. If nothing would run, every difference is drift.
 */
static void
report_objects(struct promotion *p, bool pending)
{
	const struct pg_rows *here = read_catalogue(p->here.pg);
	const struct pg_rows *there = read_catalogue(p->there.pg);

	if (here == NULL || there == NULL)
		report(&p->report, VERDICT_FAIL, "objects",
		    "cannot be compared; see the message above");
	else if (catalogue_compare(here, there,
		     pending ? name_change : name_drift, &p->report) == 0)
		report(&p->report, VERDICT_OK, "objects",
		    "both schemas are the same");
}

void
promote_schema(struct promotion *p)
{
	bool pending;

	if (!have_common_past(p))
		return;
	report_pending(p);
	pending = report_files(p) > 0 || p->here.ledger.n < p->there.ledger.n;
	report_objects(p, pending);
	if (is_of_this_release(&p->here))
		report_drift(p, &p->here, "schema here");
	else
		report(&p->report, VERDICT_FAIL, "schema here",
		    "not that of the release that is installed here; run "
		    "tenantry schema up, or undo the change");
	if (is_of_this_release(&p->there))
		report_drift(p, &p->there, "schema there");
	else
		report(&p->report, VERDICT_WARN, "schema there",
		    "of another release; run tenantry schema verify there");
}
