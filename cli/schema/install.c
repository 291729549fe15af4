/* Installs missing steps and definitions in a database, and undoes them. */
#include <err.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/schema/catalogue.h"
#include "cli/schema/install.h"
#include "lib/base/arena.h"

/* Explains the error for a definition that cannot be replaced in place. */
static void
explain(const struct pg *pg, const char *path)
{
	const char *state = pg_error(pg)->state;

	if (strcmp(state, "42P13") == 0 || strcmp(state, "42P16") == 0)
		warnx("%s: this cannot replace the existing object; write a "
		      "numbered step that drops it first",
		    path);
}

/*
 * A DROP statement for each function, view, trigger and policy of Tenantry.
 * Objects on which others may depend come last. An earlier view may depend on a
 * new function. In this case, the view's file recreates the view. A view whose
 * columns changed counts as new, because its earlier text cannot replace it.
 * Files with objects that depend on a view or a function need its file, so
 * these files ran with it and are restored with it. A trigger may have become
 * part of a composed trigger.
 */
static const char drops[] =
    "SELECT 1 AS place, g.oid, format('DROP TRIGGER IF EXISTS %I ON %s;', "
    "g.tgname, g.tgrelid::regclass) || CASE WHEN to_regclass("
    "'ops.trigger_part') IS NOT NULL THEN format(' DELETE FROM "
    "ops.trigger_part WHERE tenant_table = ''%I.%I'' AND name = %L;', "
    "c.relnamespace::regnamespace, c.relname, g.tgname) ELSE '' END AS sql "
    "FROM pg_trigger g "
    "JOIN pg_class c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal "
    "AND c.relnamespace::regnamespace::text IN " CATALOGUE_SCHEMAS " "
    "UNION ALL SELECT 2, p.oid, format('DROP POLICY IF EXISTS %I ON %s;', "
    "p.polname, p.polrelid::regclass) FROM pg_policy p "
    "JOIN pg_class c ON c.oid = p.polrelid "
    "WHERE c.relnamespace::regnamespace::text IN " CATALOGUE_SCHEMAS " "
    "UNION ALL SELECT 3, c.oid, format('DROP VIEW IF EXISTS %s CASCADE; -- "
    "%s', "
    "c.oid::regclass, (SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) "
    "FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)) "
    "FROM pg_class c WHERE c.relkind = 'v' "
    "AND c.relnamespace::regnamespace::text IN " CATALOGUE_SCHEMAS " "
    "UNION ALL SELECT 4, p.oid, format('DROP FUNCTION IF EXISTS %s CASCADE;', "
    "p.oid::regprocedure) FROM pg_proc p WHERE p.prokind = 'f' "
    "AND p.pronamespace::regnamespace::text IN " CATALOGUE_SCHEMAS;

/* Returns all DROP statements as an array, or NULL on an error. */
static const char *
drops_now(struct schema *m)
{
	const struct pg_rows *rows = pg_ask(m->pg, "cannot read the catalogue",
	    arena_printf(m->arena,
		"SELECT coalesce(array_agg(d.sql), '{}') FROM (%s) d", drops),
	    0, NULL);

	return rows == NULL ? NULL : pg_value(rows, 0, 0);
}

/*
 * Returns the DROP statements for objects that m->drops lacks, and adds them to
 * it.
 */
static const char *
drops_since(struct schema *m)
{
	const struct pg_rows *rows = pg_ask(m->pg, "cannot read the catalogue",
	    arena_printf(m->arena,
		"SELECT coalesce(string_agg(d.sql, E'\\n' ORDER BY d.place, "
		"d.oid DESC) FILTER (WHERE d.sql NOT IN "
		"(SELECT unnest($1::text[]))), ''), "
		"coalesce(array_agg(d.sql), '{}') FROM (%s) d",
		drops),
	    1, &m->drops);

	if (rows == NULL)
		return NULL;
	m->drops = pg_value(rows, 0, 1);
	return pg_value(rows, 0, 0);
}

/* Runs the file, and records how to drop the objects that it created. */
static bool
run_definition(struct schema *m, const struct definition *d, int version)
{
	const char *undo = "";

	if (m->ledger.n > 0 && m->drops == NULL &&
	    (m->drops = drops_now(m)) == NULL)
		return false;
	if (!script_run(m->pg, d->path, d->sql)) {
		explain(m->pg, d->path);
		return false;
	}
	if (m->drops != NULL && (undo = drops_since(m)) == NULL)
		return false;
	return ledger_add_file(
	    m->pg, m->arena, version, d->name, d->sum, d->sql, undo);
}

/* Runs a file in schema/ after those that it needs, unless it is unchanged. */
static bool
define(struct schema *m, struct definition *d, int version)
{
	const struct file_entry *f = ledger_file(&m->ledger, d->name);
	int i;

	if (d->done)
		return true;
	d->done = true;
	for (i = 0; i < d->needs.n; i++)
		if (!define(m, definition_find(&m->defs, d->needs.names[i]),
			version))
			return false;
	if (f != NULL && strcmp(f->sum, d->sum) == 0)
		return true;
	buf_printf(&m->report, "run  %s\n", d->name);
	return m->dry || run_definition(m, d, version);
}

static bool
step_up(struct schema *m, const struct step *s)
{
	struct definition *d;
	int i;

	for (i = 0; i < s->needs.n; i++) {
		d = definition_find(&m->defs, s->needs.names[i]);
		if (d == NULL) {
			warnx("%s: needs %s, which does not exist", s->path,
			    s->needs.names[i]);
			return false;
		}
		if (!define(m, d, s->version))
			return false;
	}
	buf_printf(&m->report, "up   %s%s%s\n", s->name,
	    s->incompatible == NULL ? "" : "  incompatible: ",
	    s->incompatible == NULL ? "" : s->incompatible);
	m->drops = NULL;
	return m->dry ||
	    (script_run(m->pg, s->path, s->up) &&
		ledger_add_step(m->pg, m->arena, s));
}

/*
 * Records the deletion of files that ran in this database but are no longer in
 * the folder.
 */
static bool
forget_gone(struct schema *m)
{
	const char *name;
	int i;

	for (i = 0; i < m->ledger.nfiles; i++) {
		name = m->ledger.files[i].name;
		if (definition_find(&m->defs, name) != NULL)
			continue;
		buf_printf(&m->report, "gone %s\n", name);
		if (!m->dry &&
		    !ledger_add_file(
			m->pg, m->arena, m->steps.n, name, "", "", ""))
			return false;
	}
	return true;
}

bool
install_compile(struct schema *m)
{
	if (m->dry ||
	    pg_run(m->pg,
		"DO $$ BEGIN IF to_regprocedure('ops.compile_catalogue()') "
		"IS NOT NULL AND to_regclass('ops.field') IS NOT NULL THEN "
		"PERFORM ops.compile_catalogue(); END IF; END $$"))
		return true;
	pg_warn(m->pg, "cannot compile the descriptions of resources");
	return false;
}

bool
install_up(struct schema *m, int target)
{
	int i;

	for (i = m->ledger.n; i < target; i++)
		if (!step_up(m, &m->steps.all[i]))
			return false;
	if (target < m->steps.n)
		return true;
	for (i = 0; i < m->defs.n; i++)
		if (!define(m, m->defs.all[i], m->steps.n))
			return false;
	return forget_gone(m) && install_compile(m);
}

/*
 * Undoes a step. Undoing the first step drops the ledger, unless the step
 * itself has already dropped it.
 */
bool
install_step_down(struct schema *m, const struct step *s)
{
	buf_printf(&m->report, "down %s\n", s->name);
	return script_run(m->pg, s->path, s->down) &&
	    (s->version == 1 ? ledger_drop(m->pg)
			     : ledger_remove_step(m->pg, m->arena, s->version));
}

bool
install_undo(struct schema *m, const struct whole_runs *runs)
{
	const char *sql = ledger_undo_files(m->pg, runs);

	return sql != NULL && script_run(m->pg, "ops.schema_file", sql);
}

bool
install_restore(struct schema *m, const struct whole_runs *runs)
{
	const struct pg_rows *rows;
	const char *name, *text;
	int i;

	rows = ledger_forget_files(m->pg, runs);
	if (rows == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		name = pg_value(rows, i, 0);
		text = pg_value(rows, i, 1);
		if (*text != '\0')
			buf_printf(&m->report, "back %s\n", name);
		if (!script_run(m->pg, name, text)) {
			explain(m->pg, name);
			return false;
		}
	}
	return install_compile(m);
}

/* Creates a second installation, which is to be rolled back. */
static bool
install_beside(struct schema *m)
{
	static const char make_room[] =
	    "DO $$ DECLARE name text; BEGIN FOR name IN SELECT nspname "
	    "FROM pg_namespace WHERE nspname IN " CATALOGUE_SCHEMAS " "
	    "LOOP EXECUTE format('ALTER SCHEMA %I RENAME TO %I', name, "
	    "'tenantry_live_' || name); END LOOP; END $$;"
	    "CREATE SCHEMA tenantry_unqualified;"
	    "SET LOCAL search_path = tenantry_unqualified";

	if (!pg_run(m->pg, make_room)) {
		pg_warn(m->pg, "cannot install a second time to compare");
		return false;
	}
	m->ledger = (struct ledger){ .n = 0 };
	m->drops = NULL;
	return ledger_create(m->pg) && install_up(m, m->steps.n);
}

const char *
install_difference(int side)
{
	return side == CATALOGUE_MORE ? "has values that were added here"
	    : side == CATALOGUE_FEWER ? "lacks values of the files"
	    : side == 0               ? "differs from the files"
	    : side < 0                ? "is here and not in the files"
				      : "is missing";
}

void
install_name_difference(void *data, const char *name, int side)
{
	(void)data;
	warnx("%s %s", name, install_difference(side));
}

int
install_drift(struct schema *m, catalogue_difference *differ, void *data)
{
	const struct pg_rows *live, *expected;

	if (!script_begin(m->pg) || (live = catalogue_read(m->pg)) == NULL ||
	    !install_beside(m) || (expected = catalogue_read(m->pg)) == NULL)
		return -1;
	if (!pg_run(m->pg, "ROLLBACK")) {
		pg_warn(m->pg, "ROLLBACK");
		return -1;
	}
	return catalogue_compare(live, expected, differ, data);
}
