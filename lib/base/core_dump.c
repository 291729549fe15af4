/* Keeps a process's memory out of core files. */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "lib/base/core_dump.h"
#include "lib/base/log.h"

void
core_dump_permit(bool permitted)
{
	if (prctl(PR_SET_DUMPABLE, permitted ? 1 : 0) == -1)
		fatal("cannot disable core files");
}

void
core_dump_disable(void)
{
	const struct rlimit none = { 0 };

	/*
	 * The limit has no effect if the kernel pipes core files to a program.
	 */
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("cannot limit core files");
	core_dump_permit(false);
}
