/* Identifies the feed's nginx by its socket. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/feed/feed_socket.h"

/*
 * Returns the machine's ID. It distinguishes machines that were created from
 * one image, whose other files are identical.
 */
static const char *
machine_id(struct arena *a)
{
	FILE *f = fopen("/etc/machine-id", "re");
	char line[64] = "";

	if (f == NULL)
		return "";
	if (fgets(line, sizeof line, f) == NULL)
		*line = '\0';
	fclose(f);
	return arena_strndup(a, line, strcspn(line, "\n"));
}

const char *
feed_socket_server(struct arena *a, const char *path)
{
	struct stat at;

	if (*path == '\0' || stat(path, &at) == -1 || !S_ISSOCK(at.st_mode))
		return NULL;
	return arena_printf(a, "%s/%llx/%llx/%lld.%09ld", machine_id(a),
	    (unsigned long long)at.st_dev, (unsigned long long)at.st_ino,
	    (long long)at.st_mtim.tv_sec, at.st_mtim.tv_nsec);
}
