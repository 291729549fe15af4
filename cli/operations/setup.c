/* tenantry setup: runs the script that sets up this machine or web space. */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/command.h"
#include "cli/base/commands.h"
#include "lib/base/arena.h"

#define ARGUMENTS 6 /* of the script, with its name and NULL */

enum status
setup(struct invocation *in)
{
	const char *folder = command_value(in, OPTION_HOSTING);
	const char *from = command_value(in, OPTION_FROM);
	const char *backup = command_value(in, OPTION_RESTORE);
	const char *set = getenv("TENANTRY_SETUP");
	const char *dir =
	    set != NULL && *set != '\0' ? set : PKGDATADIR "/setup";
	const char *path = arena_printf(in->arena, "%s/setup", dir);
	const char *argv[ARGUMENTS] = { path };
	int n = 1;

	if (folder != NULL && backup != NULL)
		return command_misused(
		    in, "--restore sets up a machine, not web space");
	if (folder != NULL)
		argv[n++] = "hosting";
	argv[n++] = command_flag(in, OPTION_CHECK) ? "check" : "run";
	if (folder != NULL)
		argv[n++] = folder;
	argv[n++] = from == NULL ? "" : from;
	argv[n++] = backup;
	execv(path, (char *const *)argv);
	warn("cannot run %s", path);
	return STATUS_FAILED;
}
