/* Finds the name of this machine. */

#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/host_name.h"

const char *
host_name(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof name - 1) == -1)
		return "unknown";
	return arena_strdup(a, name);
}
