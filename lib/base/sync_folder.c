/* Syncs a folder to the disk. */

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/sync_folder.h"

bool
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd == -1)
		return false;
	ok = fsync(fd) == 0;
	return close(fd) == 0 && ok;
}
