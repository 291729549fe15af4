#ifndef PASSPORT_H
#define PASSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "org.h"

/*
 * One organization as an archive that another installation can read in: a tar
 * of parts, each a JSON object a line, of the bytes of files, and of a manifest
 * that says what each part must be.  docs/passport.md has the format.
 */

#define PASSPORT_FORMAT "tenantry-passport-1"
#define PASSPORT_SEAL   ",\n\"manifest\":\"%s\"}\n" /* how its manifest ends */
#define PASSPORT_PARTS  64                          /* at most */
#define PASSPORT_HEX    65 /* SHA-256 in hexadecimal, with its NUL */

struct passport_part {
	char name[80];
	char sha256[PASSPORT_HEX];
	long long rows;
	long long bytes;
	bool summed; /* it is the same wherever the organization is */
	off_t at;    /* where it begins, in an archive that is read */
};

struct passport {
	struct arena *arena;  /* of the command */
	struct arena *pieces; /* reset again and again */
	struct pg *pg;
	const char *id; /* of the organization */
	struct passport_part parts[PASSPORT_PARTS];
	int nparts;
};

/* Where lines go: those of a part come between its begin and its end. */
struct passport_sink {
	bool (*begin)(void *, const char *part);
	bool (*line)(void *, const char *text, size_t len);
	bool (*end)(void *);
	void *arg;
};

/* Ready to go through the organization of a task, or another one. */
bool passport_init(struct passport *, struct org_task *, const char *id);

/*
 * Goes through all parts in the transaction that is open and notes what they
 * come to; sink may be NULL.  The reason of a failure is on stderr.
 */
bool passport_walk(struct passport *, const struct passport_sink *);

/* One hash over all that is the same wherever the organization is. */
const char *passport_sum(const struct passport *);

/* Hands the bytes of a file on; false: told. */
bool passport_bytes(struct passport *, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg);

/* SHA-256, a piece at a time. */
struct evp_md_ctx_st;
struct evp_md_ctx_st *passport_hash(struct arena *);
void passport_hash_more(struct evp_md_ctx_st *, const void *, size_t);
void passport_hash_end(struct evp_md_ctx_st *, char hex[PASSPORT_HEX]);

/* Where files are on this machine. */
const char *passport_path(struct arena *, const char *name);
bool passport_file_name(const char *);

#endif
