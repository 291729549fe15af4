/* The process that sends the jobs' traces to a collector. */

#include <errno.h>
#include <string.h>

#include "jobs/base/traces.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/trace.h"
#include "lib/net/trace_export.h"

static int sockets[2];

bool
traces_open(const struct config *config)
{
	if (*config->otlp_url == '\0')
		return false;
	if (!trace_export_sockets(sockets))
		fatal("traces: %s", strerror(errno));
	trace_open(sockets[1]);
	return true;
}

void
traces_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	trace_export_run(config, sockets[0], stopping, waiting);
}
