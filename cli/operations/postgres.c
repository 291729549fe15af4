/*
 * tenantry postgres: runs the postgres program, which moves the local database
 * to a different major version.
 */
#include "cli/base/commands.h"
#include "cli/base/program.h"

enum status
postgres(struct invocation *in)
{
	const char *name = in->subcommand->name;
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		command_flag(in, OPTION_PLAN) ? "plan" : name,
		in->narguments > 0 ? in->arguments[0]
				   : command_value(in, OPTION_YES_I_MEAN),
	};

	return program_run(in->arena, "postgres", arguments);
}
