#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <stddef.h>

struct pg;

/*
 * Becomes, until the end of the transaction, the role that can read every row
 * and seal, which the owner cannot.  False, with the reason on stderr, when
 * that failed.
 */
bool audit_become(struct pg *);

/* Begins a transaction with the given statement, as that role. */
bool audit_begin(struct pg *, const char *begin);

/* No organization has this ID; the seals of all organizations sort after it. */
#define AUDIT_START "00000000-0000-0000-0000-000000000000"

/* The time in UTC, as seals hash it. */
#define AUDIT_TIME(time)                                                       \
	"to_char(" time " AT TIME ZONE 'UTC', "                                \
	"'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* The text of the row a whose hash is in a seal, as in ops.seal_audit(). */
#define AUDIT_ROW                                                              \
	"array_to_json(ARRAY[a.org_id::text, a.id::text, " AUDIT_TIME(         \
	    "a.at") ", a.user_id, a.request_id, a.address, a.table_name, "     \
		    "a.row_id, a.action, a.old::text, a.new::text])::text"

/* The findings of a check of files with detached rows. */
struct audit_files {
	const char *org; /* counts those of this organization; NULL: all */
	long long rows, faults; /* of the last file; faults: in no seal */
	bool known;             /* an entry of the log names the last file */
	long long
	    *gone; /* the start of the hash of each row that a seal contains */
	size_t ngone, room; /* ... a file, in a seal and not in the log */
};

/*
 * Compares a file with the seals, as the role that reads them.  False, with
 * the reason on stderr, when it cannot be read.  Answers go to another arena
 * afterwards: see pg_answer_into().
 */
bool audit_files_add(struct pg *, struct audit_files *, const char *path);

/*
 * The number of distinct rows that are only in the files; frees the recorded
 * ones.
 */
long long audit_files_end(struct audit_files *);

#endif
