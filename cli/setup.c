/* tenantry setup: runs the script that sets up this machine. */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/commands.h"

#define SCRIPT PKGDATADIR "/setup/setup"

enum status
setup(struct invocation *in)
{
	const char *from = command_value(in, OPTION_FROM);
	const char *check = command_flag(in, OPTION_CHECK) ? "check" : "run";

	execl(SCRIPT, SCRIPT, check, from, (char *)NULL);
	warn(SCRIPT);
	return STATUS_FAILED;
}
