#ifndef ARCHIVE_READ_H
#define ARCHIVE_READ_H

#include <sys/stat.h>

#include "cli/archive/archive.h"
#include "lib/base/buf.h"
#include "lib/format/tar.h"

struct json_object;

/* An archive that is being imported. */
struct reading {
	struct archive read; /* the archive's parts */
	struct invocation *in;
	FILE *file;
	FILE *lines;        /* the same file, at the part "files" */
	long long nlines;   /* number of the entry that was read last */
	long long nfiles;   /* files read */
	long long nmissing; /* files without content, of the lines read */
	long long nwritten; /* files written to UPLOAD_DIR */
	struct buf names;   /* names of the files, see struct archive_names */
	off_t files_at;     /* position of the first file, or 0 */
	struct archive_names renamed;
	struct json_object *manifest;
	const char *id;    /* id of the new organization */
	struct stat owner; /* owner of UPLOAD_DIR, if root runs the import */
	bool uncertain;    /* the connection broke during COMMIT */
};

/* Reports that the archive is damaged, and returns false. */
bool archive_refuse(const char *why, const char *name);

/*
 * Reads the whole archive and verifies every byte: the checksums of the parts,
 * of the files and of the manifest.
 */
bool archive_check(struct reading *);

/*
 * Reads and hashes a file's content. Copies the content to the stream unless it
 * is NULL.
 */
bool archive_content(struct reading *, const struct tar_entry *, FILE *to,
    char hex[ARCHIVE_HEX]);

#endif
