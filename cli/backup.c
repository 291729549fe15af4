/*
 * tenantry backup and tenantry restore: run the program backup, which drives
 * pg_dump, age and rclone.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "lib/base/arena.h"

#define ARGUMENTS 5 /* of the program, with its name and NULL */

/* Replaces this process; returns only when the program cannot be run. */
static enum status
run_backup(struct invocation *in, const char *command, const char *first,
    const char *second)
{
	const char *set = getenv("TENANTRY_LIBEXEC");
	const char *dir = set != NULL && *set != '\0' ? set : PKGLIBEXECDIR;
	const char *path = arena_printf(in->arena, "%s/backup", dir);
	const char *argv[ARGUMENTS] = { "tenantry-backup", command };
	int n = 2;

	if (first != NULL || second != NULL)
		argv[n++] = first != NULL ? first : "";
	if (second != NULL)
		argv[n++] = second;
	execv(path, (char *const *)argv);
	warn("cannot run %s", path);
	return STATUS_FAILED;
}

enum status
backup(struct invocation *in)
{
	const char *name = in->subcommand->name;

	return run_backup(in, name == NULL ? "create" : name,
	    in->narguments > 0 ? in->arguments[0] : NULL,
	    in->narguments > 1 ? in->arguments[1] : NULL);
}

enum status
restore(struct invocation *in)
{
	return run_backup(in, "restore",
	    in->narguments > 0 ? in->arguments[0] : NULL,
	    command_value(in, OPTION_YES_I_MEAN));
}
