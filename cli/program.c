/* Runs the programs of libexec/. */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/program.h"
#include "lib/base/arena.h"

enum status
program_run(struct arena *a, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS])
{
	const char *set = getenv("TENANTRY_LIBEXEC");
	const char *dir = set != NULL && *set != '\0' ? set : PKGLIBEXECDIR;
	const char *path = arena_printf(a, "%s/%s", dir, name);
	const char *argv[PROGRAM_ARGUMENTS + 1] = { name };
	int i;

	for (i = 0; arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	execv(path, (char *const *)argv);
	warn("cannot run %s", path);
	return STATUS_FAILED;
}
