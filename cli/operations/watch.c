/*
 * tenantry watch: runs the watch program, which emails operators about
 * problems.
 */
#include "cli/base/commands.h"
#include "cli/base/program.h"

enum status
watch_problems(struct invocation *in)
{
	const char *const none[PROGRAM_ARGUMENTS] = { NULL };

	return program_run(in->arena, "watch", none);
}
