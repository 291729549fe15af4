#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The part of the tar format (POSIX ustar) that organization archives use:
 * plain files, whose sizes are written at their end.
 */

#define TAR_NAME_MAX 100

/* A file that is written or read. */
struct tar_entry {
	char name[TAR_NAME_MAX + 1];
	long long size;
	off_t head; /* position of its header */
};

/* Begins a file; its content is written to the stream next. */
bool tar_begin(FILE *, struct tar_entry *, const char *name);

/* Ends the file and writes its size into its header. */
bool tar_end(FILE *, struct tar_entry *);

/* Ends the archive. */
bool tar_close(FILE *);

/*
 * Reads the header at the position of the stream: 1, 0 at the end of the
 * archive, or -1 when it is not a header as tar_begin() writes it.
 */
int tar_next(FILE *, struct tar_entry *);

/* Skips the padding after a file; false when it is not zeros. */
bool tar_skip_padding(FILE *, const struct tar_entry *);

#endif
