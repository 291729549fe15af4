/* The tenantry program: administers an installation from the command line. */
#include <err.h>
#include <stdio.h>

#include "cli/base/command.h"
#include "cli/base/installation.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/core_dump.h"

static bool
opens_database(enum connect connect)
{
	return connect == CONNECT_DATABASE || connect == CONNECT_OPERATOR;
}

/*
 * Returns the program with which root packs files for a command before it
 * switches to a different user.
 */
static const char *
packs(enum connect connect)
{
	return connect == CONNECT_BACKUP ? "installation"
	    : connect == CONNECT_SUPPORT ? "support-machine"
					 : NULL;
}

static enum status
run(struct invocation *in)
{
	enum connect connect = in->command->connect;

	if (connect != CONNECT_NEVER &&
	    !installation_enter(in->arena, packs(connect)))
		return STATUS_FAILED;
	if (opens_database(connect) &&
	    (in->pg = pg_open_environment(in->arena)) == NULL)
		return STATUS_UNREACHABLE;
	if (connect == CONNECT_OPERATOR && !operator_sign(in->arena, in->pg))
		return STATUS_FAILED;
	return in->subcommand->run(in);
}

int
main(int argc, char **argv)
{
	struct invocation in = { .arena = arena_new() };
	enum status status;

	core_dump_disable();
	if (command_parse(&in, argc, argv, &status))
		status = run(&in);
	arena_free(in.arena);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		warn("could not write to standard output");
		return STATUS_FAILED;
	}
	return status;
}
