/* tenantry drill: runs the drill program, which drives pgBackRest. */
#include "cli/base/commands.h"
#include "cli/base/program.h"

enum status
drill(struct invocation *in)
{
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		in->subcommand->name == NULL ? "run" : in->subcommand->name,
		command_value(in, OPTION_TO_TIME),
	};

	return program_run(in->arena, "drill", arguments);
}
