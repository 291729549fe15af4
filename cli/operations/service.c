/* tenantry service: runs the service program, which drives systemd. */
#include "cli/base/commands.h"
#include "cli/base/program.h"

enum status
service(struct invocation *in)
{
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		in->subcommand->name,
	};

	return program_run(in->arena, "service", arguments);
}
