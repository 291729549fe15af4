/* Stores files in a local folder or in S3. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/base/sync_folder.h"
#include "lib/crypto/token.h"
#include "lib/storage/s3.h"
#include "lib/storage/store.h"

const char *
store_name(struct arena *a, const char *extension)
{
	return arena_printf(
	    a, "%s.%s", token_hex(a, STORE_NAME_LEN / 2), extension);
}

bool
store_name_valid(const char *s)
{
	size_t len = strspn(s, "0123456789abcdef"), more;

	if (len != STORE_NAME_LEN || s[len] != '.')
		return false;
	more = strspn(s + len + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
	return more >= 1 && more <= 5 && s[len + 1 + more] == '\0';
}

const char *
store_place(const struct config *config)
{
	return config->upload_provider;
}

const char *
store_path(struct arena *a, const char *name)
{
	return arena_printf(a, "%.2s/%s", name, name);
}

static const char *
local_path(const struct config *config, struct arena *a, const char *name)
{
	return arena_printf(
	    a, "%s/%s", config->upload_dir, store_path(a, name));
}

bool
store_has(const struct config *config, struct arena *a, const char *name)
{
	return access(local_path(config, a, name), F_OK) == 0;
}

static bool
make_folder(const char *path)
{
	return mkdir(path, 0750) == 0 || errno == EEXIST;
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t done;

	while (len > 0) {
		done = write(fd, bytes, len);
		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		len -= (size_t)done;
	}
	return true;
}

static bool
copy_content(int to, const struct spool *from)
{
	char piece[SPOOL_PIECE];
	off_t at = 0;
	ssize_t got;

	while ((got = spool_read(from, at, piece, sizeof piece)) > 0) {
		if (!write_all(to, piece, (size_t)got))
			return false;
		at += got;
	}
	return got == 0;
}

/* Writes and syncs a new file. Removes the file on an error. */
static bool
write_file(const char *path, const struct spool *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	bool ok;
	int saved_errno;

	if (fd == -1)
		return false;
	ok = copy_content(fd, content) && fsync(fd) == 0;
	saved_errno = errno;
	if (close(fd) == -1 && ok) {
		ok = false;
		saved_errno = errno;
	}
	if (!ok)
		unlink(path);
	errno = saved_errno;
	return ok;
}

/*
 * Writes a temporary file and renames it, so that readers see the whole file or
 * nothing. Does not create the folder of all files: nginx could not read a new
 * folder, and nobody would notice that the files are missing.
 */
static bool
put_local(const struct config *config, struct arena *a, const char *name,
    const struct spool *content)
{
	const char *dir = config->upload_dir;
	const char *temporary = arena_printf(a, "%s/" STORE_ASIDE, dir);
	const char *folder = arena_printf(a, "%s/%.2s", dir, name);
	const char *new =
	    arena_printf(a, "%s/%s.%ld", temporary, name, (long)getpid());
	const char *path = arena_printf(a, "%s/%s", folder, name);

	if (!make_folder(temporary) || !make_folder(folder) ||
	    !write_file(new, content))
		return false;
	if (rename(new, path) == -1) {
		int saved_errno = errno;

		unlink(new);
		errno = saved_errno;
		return false;
	}
	return sync_folder(folder) && sync_folder(dir);
}

bool
store_put(const struct config *config, struct arena *a, const char *place,
    const char *name, const struct spool *content)
{
	int saved_errno;

	errno = 0;
	if (strcmp(place, "s3") == 0)
		return s3_put(config, a, name, content);
	if (put_local(config, a, name, content))
		return true;
	saved_errno = errno;
	log_error("store file=%s error=\"%s\"", name, strerror(saved_errno));
	errno = saved_errno;
	return false;
}

bool
store_open(const struct config *config, struct arena *a, const char *place,
    const char *name, struct spool *content)
{
	if (strcmp(place, "s3") == 0)
		return s3_get(config, a, name, content);
	if (spool_open(a, local_path(config, a, name), content))
		return true;
	log_error("store file=%s error=\"%s\"", name, strerror(errno));
	return false;
}

bool
store_remove(const struct config *config, struct arena *a, const char *place,
    const char *name)
{
	if (strcmp(place, "s3") == 0)
		return s3_remove(config, a, name);
	if (unlink(local_path(config, a, name)) == 0 || errno == ENOENT ||
	    errno == ENOTDIR)
		return true;
	log_error("store file=%s error=\"%s\"", name, strerror(errno));
	return false;
}
