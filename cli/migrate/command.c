/* tenantry migrate: moves data from another system into Tenantry. */
#include <err.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/migrate/account.h"
#include "cli/migrate/fingerprint.h"
#include "cli/migrate/inspect.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/plan.h"
#include "cli/migrate/progress.h"
#include "cli/migrate/report.h"
#include "cli/migrate/rules.h"
#include "cli/migrate/run.h"
#include "cli/migrate/signoff.h"
#include "cli/migrate/steps.h"
#include "cli/migrate/verdict.h"
#include "cli/migrate/watch.h"
#include "cli/migrate/yaml.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/renamed_settings.h"

#define DEFAULT_SEED "1"

/* A verb of the command. It refuses more arguments than it takes. */
struct verb {
	const char *name;
	bool reads;    /* reads the source */
	int arguments; /* maximum number of arguments */
	enum status (*run)(struct migration *, struct invocation *);
	/* The verbs to suggest after success and after failure, or NULL. */
	const char *next, *next_of_failure;
	bool shows; /* prints findings (as JSON on demand) and no verdict */
};

static const char *
argument(const struct invocation *in, int i)
{
	return in->narguments > i + 2 ? in->arguments[i + 2] : NULL;
}

static const char *
seed(const struct invocation *in)
{
	const char *value = command_value(in, OPTION_SEED);

	return value != NULL ? value : DEFAULT_SEED;
}

/* --- inspect, plan */

static enum status
inspect(struct migration *m, struct invocation *in)
{
	if (!migration_open_source(m))
		return STATUS_UNREACHABLE;
	return inspect_print(m, command_sql(in),
		   command_value(in, OPTION_APPLICATION),
		   command_flag(in, OPTION_JSON))
	    ? STATUS_OK
	    : STATUS_FAILED;
}

static enum status
plan(struct migration *m, struct invocation *in)
{
	struct json_object *earlier = NULL, *made;
	const char *text;

	if (!migration_open(m, NULL))
		return STATUS_UNREACHABLE;
	if (access(m->path, F_OK) == 0) {
		if ((text = script_read(m->arena, m->path)) == NULL ||
		    (earlier = yaml_read(m->arena, m->path, text)) == NULL)
			return STATUS_FAILED;
	}
	if ((made = plan_make(m, earlier)) == NULL)
		return STATUS_FAILED;
	if (!migration_write(m->path, yaml_write(m->arena, made), m->arena))
		return STATUS_FAILED;
	if (command_flag(in, OPTION_JSON)) {
		json_object_object_foreach(made, name, value)
		    verdict_member(m, name, value);
	} else
		plan_print(m->arena, made);
	verdict_say(
	    m, "\nThe plan is in %s.  Edit the choices there.", m->path);
	return plan_judge(m, made) ? STATUS_OK : STATUS_FAILED;
}

/* --- run, dry-run, rollback, finish: run.c */

static enum status
dry_run(struct migration *m, struct invocation *in)
{
	return run_dry(m, seed(in));
}

static enum status
run(struct migration *m, struct invocation *in)
{
	struct run_options options = {
		.yes = command_flag(in, OPTION_YES_RUN),
		.token = command_value(in, OPTION_TOKEN),
		.seed = seed(in),
	};

	if (!command_flag(in, OPTION_EXECUTE))
		return command_misused(
		    in, "\"run\" changes data; confirm that with --execute");
	return run_execute(m, &options);
}

static enum status
rollback(struct migration *m, struct invocation *in)
{
	if (!command_flag(in, OPTION_EXECUTE))
		return run_preview_rollback(m);
	m->no_archive = command_flag(in, OPTION_NO_ARCHIVE);
	return run_rollback(m, command_flag(in, OPTION_YES_RUN));
}

static enum status
finish(struct migration *m, struct invocation *in)
{
	if (!command_flag(in, OPTION_EXECUTE))
		return command_misused(in,
		    "\"finish\" removes the backup tables; confirm that with "
		    "--execute");
	return run_finish(m, command_flag(in, OPTION_YES_RUN));
}

static enum status
verify(struct migration *m, struct invocation *in)
{
	return run_verify(m, seed(in));
}

static enum status
retry_rejects(struct migration *m, struct invocation *in)
{
	return run_retry(m, argument(in, 0));
}

/* --- set */

static const char *const settings[][2] = {
	{ "batch", "batch_rows" },
	{ "pause", "pause_ms" },
	{ "lock-timeout", "lock_timeout_ms" },
	{ "max-lag", "max_lag_ms" },
	{ "max-sessions", "max_sessions" },
};

/* Reads a setting such as "batch=5000". */
static enum status
change(struct migration *m, struct invocation *in, const char *text)
{
	size_t len = strcspn(text, "="), i;
	const char *value = text + len + (text[len] == '=');
	const struct pg_rows *rows;

	for (i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (strlen(settings[i][0]) == len &&
		    strncmp(settings[i][0], text, len) == 0)
			break;
	if (i == sizeof settings / sizeof settings[0] || *value == '\0' ||
	    strlen(value) > 7 || strspn(value, "0123456789") != strlen(value))
		return command_misused(in,
		    "\"%s\" is not batch, pause, lock-timeout, max-lag or "
		    "max-sessions = NUMBER",
		    text);
	rows = pg_ask(m->target, text,
	    arena_printf(m->arena,
		"UPDATE ops.migration SET %s = $2::integer WHERE journey = $1"
		" AND organization_id IS NOT DISTINCT FROM $3::uuid"
		" AND state IN ('running', 'paused', 'failed', 'rolling back')"
		" RETURNING id",
		settings[i][1]),
	    3,
	    (const char *const[]){ m->journey->name, value, m->organization });
	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 1)
		return STATUS_OK;
	warnx("no migration %s is running; change the settings in the plan",
	    m->journey->name);
	return STATUS_FAILED;
}

static enum status
set(struct migration *m, struct invocation *in)
{
	enum status status = STATUS_OK;
	int i;

	if (argument(in, 0) == NULL)
		return command_misused(in, "missing NAME=NUMBER");
	if (!migration_open_target(m, NULL))
		return STATUS_UNREACHABLE;
	if (!plan_organization(m))
		return STATUS_FAILED;
	for (i = 0; status == STATUS_OK && argument(in, i) != NULL; i++)
		status = change(m, in, argument(in, i));
	return status;
}

/* --- sign, status, watch */

static enum status
sign(struct migration *m, struct invocation *in)
{
	struct account account;
	enum status status;

	if (argument(in, 2) == NULL)
		return command_misused(in, "missing TASK STAGE ADDRESS");
	if (!migration_open_target(m, NULL))
		return STATUS_UNREACHABLE;
	if (!plan_read(m) || !plan_organization(m))
		return STATUS_FAILED;
	status = signoff_check(m, argument(in, 0), argument(in, 1));
	if (status != STATUS_OK)
		return status;
	if (!account_prove(m, argument(in, 2), &account))
		return STATUS_FAILED;
	if (strcmp(argument(in, 1), "reviewed") == 0)
		verdict_next(m, "sign all signed ADDRESS");
	return signoff_add(m, argument(in, 0), argument(in, 1), &account)
	    ? STATUS_OK
	    : STATUS_FAILED;
}

static enum status
status(struct migration *m, struct invocation *in)
{
	if (!migration_open_target(m, NULL))
		return STATUS_UNREACHABLE;
	if (!plan_organization(m))
		return STATUS_FAILED;
	if (!watch_status(m, command_flag(in, OPTION_JSON)))
		return STATUS_FAILED;
	if (command_flag(in, OPTION_JSON) || access(m->path, F_OK) != 0)
		return STATUS_OK;
	return plan_read(m) && signoff_print(m) ? STATUS_OK : STATUS_FAILED;
}

static enum status
watch(struct migration *m, struct invocation *in)
{
	if (!migration_open_target(m, NULL))
		return STATUS_UNREACHABLE;
	if (!plan_organization(m))
		return STATUS_FAILED;
	return watch_follow(m, command_flag(in, OPTION_JSON)) ? STATUS_OK
							      : STATUS_FAILED;
}

static const struct verb verbs[] = {
	{ "inspect", .reads = true, .run = inspect, .shows = true },
	{ "plan", .reads = true, .run = plan, .next = "dry-run",
	    .next_of_failure = "plan" },
	{ "dry-run", .reads = true, .run = dry_run,
	    .next = "sign all reviewed ADDRESS", .next_of_failure = "plan" },
	{ "sign", .arguments = 3, .run = sign, .next = "run --execute",
	    .next_of_failure = "status" },
	{ "run", .reads = true, .run = run, .next = "verify",
	    .next_of_failure = "status" },
	{ "status", .run = status, .shows = true },
	{ "watch", .run = watch, .shows = true },
	{ "set", .arguments = 5, .run = set, .next = "watch",
	    .next_of_failure = "status" },
	{ "verify", .reads = true, .run = verify, .next = "finish --execute",
	    .next_of_failure = "rollback" },
	{ "retry-rejects", .reads = true, .arguments = 1, .run = retry_rejects,
	    .next = "verify", .next_of_failure = "status" },
	{ "rollback", .run = rollback, .next = "plan",
	    .next_of_failure = "rollback" },
	{ "finish", .run = finish, .next_of_failure = "status" },
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

static bool
is_set(const char *variable, const char *what)
{
	const char *value = getenv(variable);

	if (value != NULL && *value != '\0')
		return true;
	warnx("%s is not set: %s", variable, what);
	return false;
}

/*
 * Renames environment variables. The rest of the program and its child
 * processes read the new names.
 */
static bool
rename_variables(const struct journey *j)
{
	int i;

	for (i = 0; i < j->nprefixes; i++)
		if (!renamed_settings_begin_with(
			j->prefixes[i].old, j->prefixes[i].current))
			return false;
	return true;
}

enum status
migrate(struct invocation *in)
{
	struct migration m = { .arena = in->arena,
		.secret = getenv("BETTER_AUTH_SECRET"),
		.path = command_value(in, OPTION_PLAN_FILE) };
	const struct verb *verb = verb_find(in->arguments[1]);
	enum status result;

	if (verb == NULL)
		return command_misused(
		    in, "there is no \"%s\" of a migration", in->arguments[1]);
	if (in->narguments > verb->arguments + 2)
		return command_misused(in, "\"%s\" takes no argument \"%s\"",
		    verb->name, in->arguments[verb->arguments + 2]);
	if (!is_set("BETTER_AUTH_SECRET", "the secret of this installation") ||
	    !is_set("DATABASE_URL", "the database of Tenantry"))
		return STATUS_USAGE;
	if (m.path == NULL)
		m.path = arena_printf(in->arena, "%s.yaml", in->arguments[0]);
	m.journey = journey_read(in->arena, command_sql(in), in->arguments[0]);
	if (m.journey == NULL)
		return STATUS_FAILED;
	if (verb->reads && !m.journey->within &&
	    !is_set("SOURCE_DATABASE_URL",
		"the database to migrate, which is only read"))
		return STATUS_USAGE;
	if (verb->reads && !rename_variables(m.journey))
		return STATUS_FAILED;
	/* Keep the order of stdout and stderr. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	m.scratch = arena_new();
	m.verdict = verdict_begin(in->arena, command_flag(in, OPTION_JSON));
	result = verb->run(&m, in);
	if (result != STATUS_USAGE && (!verb->shows || verdict_is_no_go(&m)))
		verdict_print(&m, verb->name, result != STATUS_OK, verb->next,
		    verb->next_of_failure);
	arena_free(m.scratch);
	return result;
}
