/* Reads and searches files in pieces, without loading them into memory. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/spool.h"

static void
close_later(void *fd)
{
	close((int)(intptr_t)fd);
}

bool
spool_open(struct arena *a, const char *path, struct spool *s)
{
	struct stat st;

	*s = (struct spool){ .fd = open(
				 path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
	if (s->fd == -1)
		return false;
	arena_defer(a, close_later, (void *)(intptr_t)s->fd);
	if (fstat(s->fd, &st) == -1)
		return false;
	s->len = st.st_size;
	errno = EINVAL;
	return S_ISREG(st.st_mode);
}

bool
spool_bytes(struct arena *a, const void *bytes, size_t len, struct spool *s)
{
	const char *from = bytes;
	ssize_t done;

	*s = (struct spool){ .fd = memfd_create("spool", MFD_CLOEXEC),
		.len = (off_t)len };
	if (s->fd == -1)
		return false;
	arena_defer(a, close_later, (void *)(intptr_t)s->fd);
	for (; len > 0; from += done, len -= (size_t)done)
		if ((done = write(s->fd, from, len)) <= 0)
			return false;
	return true;
}

static void
close_file(void *file)
{
	fclose(file);
}

FILE *
spool_temporary(struct arena *a)
{
	FILE *file = tmpfile();

	if (file != NULL)
		arena_defer(a, close_file, file);
	return file;
}

bool
spool_written(FILE *file, struct spool *s)
{
	*s = (struct spool){ .fd = fileno(file) };
	if (fflush(file) != 0)
		return false;
	s->len = ftell(file);
	return s->len != -1;
}

ssize_t
spool_read(const struct spool *s, off_t at, char *buf, size_t len)
{
	ssize_t got;

	if (at >= s->len)
		return 0;
	if ((off_t)len > s->len - at)
		len = (size_t)(s->len - at);
	do
		got = pread(s->fd, buf, len, s->at + at);
	while (got == -1 && errno == EINTR);
	return got == 0 ? -1 : got; /* 0: the file was truncated */
}

/*
 * Searches in overlapping pieces. They overlap by needle_len - 1 bytes, to find
 * a needle across a boundary.
 */
off_t
spool_find(
    const struct spool *s, off_t from, const char *needle, size_t needle_len)
{
	char piece[SPOOL_PIECE];
	size_t have = 0;
	const char *hit;
	ssize_t got;

	while ((got = spool_read(s, from + (off_t)have, piece + have,
		    sizeof piece - have)) > 0) {
		have += (size_t)got;
		hit = memmem(piece, have, needle, needle_len);
		if (hit != NULL)
			return from + (hit - piece);
		if (have < needle_len)
			continue;
		got = (ssize_t)(have - needle_len + 1);
		memmove(piece, piece + got, needle_len - 1);
		have = needle_len - 1;
		from += got;
	}
	return -1;
}
