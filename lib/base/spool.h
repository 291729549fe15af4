#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;

/*
 * Bytes of an open file, read a piece at a time: however many there are, no
 * more than SPOOL_PIECE of them are in memory.
 */
struct spool {
	int fd;
	off_t at;
	off_t len;
};
#define SPOOL_PIECE 65536

/* The whole of a regular file, closed with the arena; false: errno says why. */
bool spool_open(struct arena *, const char *path, struct spool *);

/* The same of bytes in memory. */
bool spool_bytes(struct arena *, const void *bytes, size_t len, struct spool *);

/* Up to len bytes from at on, 0 at the end; -1 where the disk does not give
 * them. */
ssize_t spool_read(const struct spool *, off_t at, char *buf, size_t len);

/* Where needle begins, at or behind from; -1 when it does not come. */
off_t spool_find(
    const struct spool *, off_t from, const char *needle, size_t needle_len);

#endif
