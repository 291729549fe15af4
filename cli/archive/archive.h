#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/base/commands.h"

struct config;

/*
 * One organization as an archive that can be imported elsewhere: a tar file
 * with the parts, the files and a manifest. Each part has one JSON object per
 * line. The manifest has the checksum of each part. docs/archive.md describes
 * the format.
 */

#define ARCHIVE_FORMAT "tenantry-archive-1"
#define ARCHIVE_SEAL   ",\n\"manifest\":\"%s\"}\n" /* end of the manifest */
#define ARCHIVE_PARTS  256                         /* maximum number of parts */
#define ARCHIVE_HEX    65 /* SHA-256 in hexadecimal, including its NUL */
#define ARCHIVE_NAME   40 /* length of a file name */

/*
 * What an import renames because a name is already taken: files, and the
 * organization's id, which rows in the trash contain. old and new each contain
 * n file names in one text, without extensions and in the same order. The order
 * is ascending in both, so that rows ordered by name keep their order.
 */
struct archive_names {
	const char *old_id;
	const char *new_id;
	const char *old;
	const char *new;
	size_t n;
};

struct archive_part {
	char name[80];
	char sha256[ARCHIVE_HEX];
	long long rows;
	long long bytes;
	bool summed; /* the same on every installation */
	off_t at;    /* position of the part in an archive that is read */
};

struct archive {
	struct arena *arena;  /* lives as long as the command */
	struct arena *pieces; /* reset for each batch */
	struct pg *pg;
	const char *id;                    /* the organization's id */
	const struct archive_names *names; /* set by the import, or NULL */
	struct archive_part parts[ARCHIVE_PARTS];
	int nparts;
	/* The settings of the bucket; NULL: not read yet. */
	const struct config *settings;
	bool gone; /* the last file that could not be read is missing */
	long long nmissing; /* files without content */
};

/* Receives the lines of each part, between begin and end. */
struct archive_sink {
	bool (*begin)(void *, const char *part);
	bool (*line)(void *, const char *text, size_t len);
	bool (*end)(void *);
	void *arg;
};

/* Prepares to read the organization with this id. */
bool archive_init(struct archive *, struct invocation *, const char *id);

/*
 * Reads all parts in the open transaction and computes their checksums. sink
 * may be NULL. Failures are reported on stderr.
 */
bool archive_walk(struct archive *, const struct archive_sink *);

/* Returns the checksum of all parts that are the same on every installation. */
const char *archive_sum(const struct archive *);

/*
 * Passes the content of a file to take(). If the file is missing, sets gone and
 * returns false. On any other error, reports it and returns false.
 */
bool archive_bytes(struct archive *, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg);

/* These functions compute the SHA-256 of data in pieces. */
struct evp_md_ctx_st;
struct evp_md_ctx_st *archive_hash(struct arena *);
void archive_hash_more(struct evp_md_ctx_st *, const void *, size_t);
void archive_hash_end(struct evp_md_ctx_st *, char hex[ARCHIVE_HEX]);

/*
 * Replaces the old names in a line of a part with the new names, in place. Does
 * the reverse if back is true. The audit log keeps its names, because seals
 * prove its bytes.
 */
void archive_rename(
    const struct archive_names *, const char *part, char *line, bool back);

/* Compares two of the names in a struct archive_names, for qsort(). */
int archive_compare_names(const void *, const void *);

/* Returns the path of a file below UPLOAD_DIR. */
const char *archive_path(struct arena *, const char *name);
bool archive_file_name(const char *);

#endif
