/*
 * tenantry backup and tenantry restore: run the program backup, which drives
 * pg_dump, age and rclone.
 */
#include "cli/base/commands.h"
#include "cli/base/program.h"

/* An argument of the command line; those after the last one are NULL. */
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

enum status
restore(struct invocation *in)
{
	const char *name = argument(in, 0);
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		"restore",
		name == NULL ? "" : name,
		command_value(in, OPTION_YES_I_MEAN),
	};

	return program_run(in->arena, "backup", arguments);
}
