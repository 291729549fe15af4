/* tenantry upgrade: runs the upgrade program, which installs a package. */
#include "cli/base/commands.h"
#include "cli/base/program.h"
#include "lib/base/arena.h"

enum status
upgrade(struct invocation *in)
{
	bool back = command_flag(in, OPTION_BACK);
	bool plan = command_flag(in, OPTION_PLAN);
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		plan       ? "plan"
		    : back ? "back"
			   : "run",
		back ? "" : in->arguments[0],
		arena_printf(in->arena, "%s%s",
		    command_flag(in, OPTION_ONE_WAY) ? "one-way " : "",
		    command_flag(in, OPTION_DESPITE_DOCTOR) ? "despite-doctor"
							    : ""),
	};

	if (back && in->narguments > 0)
		return command_misused(in, "--back takes no package");
	if (!back && in->narguments == 0)
		return command_misused(
		    in, "the file of the package is missing");
	return program_run(in->arena, "upgrade", arguments);
}
