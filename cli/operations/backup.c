/*
 * tenantry backup and tenantry restore: run the backup program, which drives
 * pg_dump, age and rclone.
 */
#include "cli/base/commands.h"
#include "cli/base/installation.h"
#include "cli/base/program.h"
#include "cli/operations/setup.h"

/* Returns a command line argument, or NULL after the last argument. */
static const char *
argument(const struct invocation *in, int i)
{
	return in->narguments > i ? in->arguments[i] : NULL;
}

enum status
backup(struct invocation *in)
{
	const char *name = in->subcommand->name;
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		name == NULL ? "create" : name,
		argument(in, 0),
		argument(in, 1),
	};

	return program_run(in->arena, "backup", arguments);
}

/* Runs as root, because the setup replaces the settings. */
static enum status
restore_settings(struct invocation *in)
{
	const char *name = argument(in, 0);
	const char *database = command_value(in, OPTION_YES_I_MEAN);
	const char *const arguments[] = {
		"restore",
		name == NULL ? "" : name,
		database == NULL ? "" : database,
		NULL,
	};

	return setup_run(in->arena, arguments);
}

enum status
restore(struct invocation *in)
{
	const char *name = argument(in, 0);
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		"restore",
		name == NULL ? "" : name,
		command_value(in, OPTION_YES_I_MEAN),
	};

	if (command_flag(in, OPTION_SETTINGS))
		return restore_settings(in);
	if (!installation_enter(in->arena, "installation"))
		return STATUS_FAILED;
	return program_run(in->arena, "backup", arguments);
}
