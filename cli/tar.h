#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The part of the tar format (POSIX ustar) that an archive of ours needs: plain
 * files, one after the other, of sizes that are known when they end.
 */

#define TAR_NAME_MAX 100

/* A file while it is written, or where one begins that is read. */
struct tar_entry {
	char name[TAR_NAME_MAX + 1];
	long long size;
	off_t head; /* where its header is */
};

/* Begins a file; what is then written to the stream is its content. */
bool tar_begin(FILE *, struct tar_entry *, const char *name);

/* Ends it: goes back and says in its header how large it became. */
bool tar_end(FILE *, struct tar_entry *);

/* Ends the archive. */
bool tar_close(FILE *);

/*
 * Reads the next header, at which the stream stands: 1, 0 at the very end of the
 * archive, -1 where there is none as tar_begin() writes it.
 */
int tar_next(FILE *, struct tar_entry *);

/* From the end of a file's content to the next header, over zeros alone. */
bool tar_skip_padding(FILE *, const struct tar_entry *);

#endif
