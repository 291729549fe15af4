/* tenantry dev: runs the dev program, which watches a checkout. */
#include "cli/base/commands.h"
#include "cli/base/program.h"

enum status
dev(struct invocation *in)
{
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		in->narguments > 0 ? in->arguments[0] : NULL,
	};

	return program_run(in->arena, "dev", arguments);
}
