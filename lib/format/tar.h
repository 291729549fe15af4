#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The subset of the tar format (POSIX ustar) that archives use: plain files
 * without times or owners.
 */

#define TAR_NAME_MAX 100
#define TAR_BLOCK    512

/*
 * Builds the header for a streamed file of known size. Returns false if the
 * name or the size does not fit. The caller writes the content after the
 * header, and zeros up to a multiple of TAR_BLOCK. After the last file, the
 * caller writes two blocks of zeros.
 */
bool tar_header(char block[TAR_BLOCK], const char *name, long long size);
size_t tar_padding(long long size);

/* A file that is written or read. Its size is written after its contents. */
struct tar_entry {
	char name[TAR_NAME_MAX + 1];
	long long size;
	off_t head; /* position of its header */
};

/* Begins a file. The caller then writes its content to the stream. */
bool tar_begin(FILE *, struct tar_entry *, const char *name);

/* Ends the file and writes its size into its header. */
bool tar_end(FILE *, struct tar_entry *);

/* Ends the archive. */
bool tar_close(FILE *);

/*
 * Reads the header at the position of the stream. Returns 1 for a header, 0 at
 * the end of the archive, and -1 if tar_begin() would not write this header.
 */
int tar_next(FILE *, struct tar_entry *);

/* Skips the padding after a file. Returns false if the padding is not zeros. */
bool tar_skip_padding(FILE *, const struct tar_entry *);

#endif
