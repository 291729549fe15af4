/*
 * tenantry migrate: takes the schema forward and back, one step a
 * transaction, and refuses where the folder and the database disagree.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/ledger.h"
#include "cli/pg.h"
#include "cli/script.h"
#include "cli/step.h"
#include "lib/base/arena.h"

#define OLDEST_SERVER 150000

struct migration {
	struct arena *arena;
	struct pg *pg;
	struct steps steps;
	struct ledger ledger;
	int target;        /* version to arrive at; -1: not said */
	const char *meant; /* the database to be emptied, as somebody said */
};

struct verb {
	const char *name;
	bool locks;
	enum status (*run)(struct migration *);
};

static bool
server_new_enough(const struct pg *pg)
{
	int version = pg_version(pg);

	if (version >= OLDEST_SERVER)
		return true;
	warnx("the server is Postgres %d.%d; Tenantry needs 15 or newer",
	    version / 10000, version % 10000);
	return false;
}

/* The script and its row of the ledger, both or neither. */
static bool
run_step(struct migration *m, const char *path, const char *note, int nparams,
    const char *const *params)
{
	const char *sql = script_read(m->arena, path);

	if (sql == NULL || !script_begin(m->pg) ||
	    !script_run(m->pg, path, sql))
		return false;
	if (pg_query(m->pg, note, nparams, params) == NULL ||
	    !pg_run(m->pg, "COMMIT")) {
		pg_warn(m->pg, path);
		return false;
	}
	return true;
}

static bool
step_up(struct migration *m, const struct step *s)
{
	const char *params[] = { arena_printf(m->arena, "%d", s->version),
		s->name, s->sum };

	if (!run_step(m, s->up,
		"INSERT INTO ops.schema_migration (version, name, checksum) "
		"VALUES ($1, $2, $3)",
		3, params))
		return false;
	printf("up   %s\n", s->name);
	fflush(stdout);
	return true;
}

static bool
step_down(struct migration *m, const struct step *s)
{
	const char *params[] = { arena_printf(m->arena, "%d", s->version) };

	if (!run_step(m, s->down,
		"DELETE FROM ops.schema_migration WHERE version = $1", 1,
		params))
		return false;
	printf("down %s\n", s->name);
	fflush(stdout);
	return true;
}

static bool
in_order(struct migration *m)
{
	const char *drift = ledger_drift(m->arena, &m->ledger, &m->steps);

	if (drift == NULL)
		return true;
	warnx("%s", drift);
	return false;
}

static enum status
up(struct migration *m)
{
	int target = m->target == -1 ? m->steps.n : m->target;
	int i;

	if (!in_order(m))
		return STATUS_FAILED;
	if (target > m->steps.n) {
		warnx("there is no step %03d; the newest is %s", target,
		    m->steps.all[m->steps.n - 1].name);
		return STATUS_USAGE;
	}
	if (m->ledger.n == m->steps.n)
		printf("up to date at %s\n", m->steps.all[m->steps.n - 1].name);
	for (i = m->ledger.n; i < target; i++)
		if (!step_up(m, &m->steps.all[i]))
			return STATUS_FAILED;
	return STATUS_OK;
}

static enum status
down(struct migration *m)
{
	int target = m->target == -1 ? m->ledger.n - 1 : m->target;
	int i;

	if (!in_order(m))
		return STATUS_FAILED;
	if (m->ledger.n == 0)
		warnx("nothing to undo: no step has run here");
	for (i = m->ledger.n; i > target && i > 0; i--)
		if (!step_down(m, &m->steps.all[i - 1]))
			return STATUS_FAILED;
	return STATUS_OK;
}

/* The database's name, typed or given; false: told. */
static bool
meant(struct migration *m)
{
	const struct pg_rows *rows =
	    pg_query(m->pg, "SELECT current_database()", 0, NULL);
	const char *name, *said = m->meant;
	char line[256];

	if (rows == NULL) {
		pg_warn(m->pg, "reset");
		return false;
	}
	name = pg_value(rows, 0, 0);
	if (said == NULL) {
		fprintf(stderr,
		    "This deletes every row of every organization, for good.\n"
		    "Type the name of the database to go on: ");
		if (fgets(line, sizeof line, stdin) == NULL)
			line[0] = '\0';
		line[strcspn(line, "\n")] = '\0';
		said = line;
	}
	if (strcmp(said, name) == 0)
		return true;
	warnx("that is not its name; nothing was changed");
	return false;
}

/* All the way back, and forth again. */
static enum status
reset(struct migration *m)
{
	enum status status;

	if (!in_order(m) || !meant(m))
		return STATUS_FAILED;
	m->target = 0;
	if (m->ledger.n > 0 && (status = down(m)) != STATUS_OK)
		return status;
	m->target = -1;
	return ledger_read(m->pg, m->arena, &m->ledger) ? up(m) : STATUS_FAILED;
}

static const char *
applied_at(const struct ledger *ledger, int version)
{
	int i;

	for (i = 0; i < ledger->n; i++)
		if (ledger->all[i].version == version)
			return ledger->all[i].at;
	return "-";
}

/* Steps of the folder, then those that only the database remembers. */
static enum status
show(struct migration *m)
{
	const struct entry *e;
	int i;

	for (i = 1; i <= m->steps.n; i++)
		printf("%-32s %-20s  %s\n", m->steps.all[i - 1].name,
		    applied_at(&m->ledger, i),
		    ledger_word(&m->ledger, &m->steps, i));
	for (i = 0; i < m->ledger.n; i++) {
		e = &m->ledger.all[i];
		if (e->version > m->steps.n)
			printf("%-32s %-20s  %s\n", e->name, e->at,
			    ledger_word(&m->ledger, &m->steps, e->version));
	}
	return STATUS_OK;
}

static enum status
verify(struct migration *m)
{
	if (!in_order(m))
		return STATUS_FAILED;
	if (m->ledger.n < m->steps.n) {
		warnx("%d of %d steps have not run here, the first is %s; "
		      "run tenantry migrate up",
		    m->steps.n - m->ledger.n, m->steps.n,
		    m->steps.all[m->ledger.n].name);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static const struct verb verbs[] = {
	{ "up", true, up },
	{ "down", true, down },
	{ "reset", true, reset },
	{ "status", false, show },
	{ "verify", false, verify },
};

static const struct verb *
verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static enum status
run_verb(struct migration *m, const struct verb *verb)
{
	if ((m->pg = pg_open_environment(m->arena)) == NULL)
		return STATUS_UNREACHABLE;
	if (!server_new_enough(m->pg))
		return STATUS_FAILED;
	if (verb->locks &&
	    (!ledger_lock(m->arena, m->pg) || !ledger_create(m->pg)))
		return STATUS_FAILED;
	if (!ledger_read(m->pg, m->arena, &m->ledger))
		return STATUS_FAILED;
	return verb->run(m);
}

static bool
number(const char *text, int *n)
{
	size_t len = strlen(text);

	if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
		return false;
	*n = (int)strtol(text, NULL, 10);
	return true;
}

enum status
migrate(struct invocation *in)
{
	struct migration m = { .arena = in->arena,
		.target = -1,
		.meant = command_value(in, OPTION_YES_I_MEAN) };

	if (in->narguments > 0 && !number(in->arguments[0], &m.target))
		return command_misused(
		    in, "invalid migration number: \"%s\"", in->arguments[0]);
	if (!steps_read(in->arena, command_migrations(in), &m.steps))
		return STATUS_FAILED;
	return run_verb(&m, verb_find(in->subcommand->name));
}
