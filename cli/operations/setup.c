/* tenantry setup: runs the script that sets up a machine or shared hosting. */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/commands.h"
#include "cli/operations/setup.h"
#include "lib/base/arena.h"

#define ARGUMENTS 6 /* arguments of the script, with its name and NULL */

enum status
setup_run(struct arena *a, const char *const *arguments)
{
	const char *set = getenv("TENANTRY_SETUP");
	const char *dir =
	    set != NULL && *set != '\0' ? set : PKGDATADIR "/setup";
	const char *path = arena_printf(a, "%s/setup", dir);
	const char *argv[ARGUMENTS] = { path };
	int i;

	for (i = 0; arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	execv(path, (char *const *)argv);
	warn("cannot run %s", path);
	return STATUS_FAILED;
}

enum status
setup(struct invocation *in)
{
	const char *folder = command_value(in, OPTION_HOSTING);
	const char *from = command_value(in, OPTION_FROM);
	const char *backup = command_value(in, OPTION_RESTORE);
	const char *arguments[ARGUMENTS] = { NULL };
	int n = 0;

	if (folder != NULL && backup != NULL)
		return command_misused(
		    in, "--restore sets up a machine, not shared hosting");
	if (folder != NULL)
		arguments[n++] = "hosting";
	arguments[n++] = command_flag(in, OPTION_CHECK) ? "check" : "run";
	if (folder != NULL)
		arguments[n++] = folder;
	arguments[n++] = from == NULL ? "" : from;
	arguments[n++] = backup;
	return setup_run(in->arena, arguments);
}
