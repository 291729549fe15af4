/* tenantry nginx: runs the nginx program, which checks the web server. */
#include <stdlib.h>

#include "cli/base/commands.h"
#include "cli/base/program.h"

#define FOLDER "/etc/tenantry/nginx"

enum status
nginx(struct invocation *in)
{
	const char *share = getenv("TENANTRY_SHARE");
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		in->narguments > 0 ? in->arguments[0] : FOLDER,
		share != NULL && *share != '\0' ? share : PKGDATADIR,
	};

	if (!command_flag(in, OPTION_CHECK))
		return command_misused(in, "--check is missing");
	return program_run(in->arena, "nginx", arguments);
}
