#ifndef ARCHIVE_READ_H
#define ARCHIVE_READ_H

#include "cli/archive.h"
#include "cli/tar.h"

struct json_object;

/* An archive that is read in. */
struct reading {
	struct archive read; /* the parts as they are in the archive */
	struct invocation *in;
	FILE *file;
	FILE *lines;        /* the same, at the lines of the files */
	long long nfiles;   /* whose bytes came by */
	long long nwritten; /* files that are in their place by now */
	off_t files_at;     /* where the first of them begins, or 0 */
	struct json_object *manifest;
	const char *id; /* of the new organization */
};

/* Tells that the archive cannot be believed. */
bool archive_refuse(const char *why, const char *name);

/*
 * Reads all of it and believes none: each part and each file is what the
 * manifest says, the manifest is what it says of itself, and there is no byte
 * besides.
 */
bool archive_check(struct reading *);

/* Reads a file's content to its end, hashed; to: gets a copy of it, or NULL. */
bool archive_content(struct reading *, const struct tar_entry *, FILE *to,
    char hex[ARCHIVE_HEX]);

#endif
