#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/commands.h"

/*
 * One organization as an archive that another installation can read in: a tar
 * of parts, each a JSON object a line, of the bytes of files, and of a manifest
 * that says what each part must be.  docs/passport.md has the format.
 */

#define ARCHIVE_FORMAT "tenantry-passport-1"
#define ARCHIVE_SEAL   ",\n\"manifest\":\"%s\"}\n" /* how its manifest ends */
#define ARCHIVE_PARTS  64                          /* at most */
#define ARCHIVE_HEX    65 /* SHA-256 in hexadecimal, with its NUL */

struct archive_part {
	char name[80];
	char sha256[ARCHIVE_HEX];
	long long rows;
	long long bytes;
	bool summed; /* it is the same wherever the organization is */
	off_t at;    /* where it begins, in an archive that is read */
};

struct archive {
	struct arena *arena;  /* of the command */
	struct arena *pieces; /* reset again and again */
	struct pg *pg;
	const char *id; /* of the organization */
	struct archive_part parts[ARCHIVE_PARTS];
	int nparts;
};

/* Where lines go: those of a part come between its begin and its end. */
struct archive_sink {
	bool (*begin)(void *, const char *part);
	bool (*line)(void *, const char *text, size_t len);
	bool (*end)(void *);
	void *arg;
};

/* Ready to go through the organization of a task, or another one. */
bool archive_init(struct archive *, struct invocation *, const char *id);

/*
 * Goes through all parts in the transaction that is open and notes what they
 * come to; sink may be NULL.  The reason of a failure is on stderr.
 */
bool archive_walk(struct archive *, const struct archive_sink *);

/* One hash over all that is the same wherever the organization is. */
const char *archive_sum(const struct archive *);

/* Hands the bytes of a file on; false: told. */
bool archive_bytes(struct archive *, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg);

/* SHA-256, a piece at a time. */
struct evp_md_ctx_st;
struct evp_md_ctx_st *archive_hash(struct arena *);
void archive_hash_more(struct evp_md_ctx_st *, const void *, size_t);
void archive_hash_end(struct evp_md_ctx_st *, char hex[ARCHIVE_HEX]);

/* Where files are on this machine. */
const char *archive_path(struct arena *, const char *name);
bool archive_file_name(const char *);

#endif
