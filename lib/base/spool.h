#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct arena;

/*
 * A range of bytes in an open file. Readers keep at most SPOOL_PIECE bytes in
 * memory, regardless of the file size.
 */
struct spool {
	int fd;
	off_t at;
	off_t len;
};
#define SPOOL_PIECE 65536

/*
 * Opens a regular file, which the arena closes. On an error, returns false and
 * sets errno.
 */
bool spool_open(struct arena *, const char *path, struct spool *);

/* Writes bytes to an anonymous file (memfd) and opens it. */
bool spool_bytes(struct arena *, const void *bytes, size_t len, struct spool *);

/*
 * spool_temporary() returns an unnamed temporary file for writing, which the
 * arena closes, or NULL on an error. spool_written() opens the written contents
 * and returns false on an error. Both set errno on an error.
 */
FILE *spool_temporary(struct arena *);
bool spool_written(FILE *, struct spool *);

/*
 * Reads up to len bytes at offset at. Returns 0 at the end. Returns -1 on a
 * read error or if the file has become shorter.
 */
ssize_t spool_read(const struct spool *, off_t at, char *buf, size_t len);

/*
 * Returns the offset of the first needle at or after from, or -1 if there is
 * none.
 */
off_t spool_find(
    const struct spool *, off_t from, const char *needle, size_t needle_len);

#endif
