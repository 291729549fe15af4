#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <stddef.h>

struct pg;

/*
 * Switches to the role that can read every row and seal, until the end of the
 * transaction. The owner cannot read them all. On an error, reports the reason
 * on stderr and returns false.
 */
bool audit_become(struct pg *);

/* Begins a transaction with this statement, in this role. */
bool audit_begin(struct pg *, const char *begin);

/*
 * An ID that no organization has. It sorts before the seals of all
 * organizations.
 */
#define AUDIT_START "00000000-0000-0000-0000-000000000000"

/* The time in UTC, in the format in which seals hash it. */
#define AUDIT_TIME(time)                                                       \
	"to_char(" time " AT TIME ZONE 'UTC', "                                \
	"'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* The text of row a whose hash a seal contains, as in ops.seal_audit(). */
#define AUDIT_ROW                                                              \
	"array_to_json(ARRAY[a.org_id::text, a.id::text, " AUDIT_TIME(         \
	    "a.at") ", a.user_id, a.request_id, a.address, a.table_name, "     \
		    "a.row_id, a.action, a.old::text, a.new::text])::text"

/* The findings of checking files with detached rows. */
struct audit_files {
	const char *org; /* counts the rows of this organization; NULL: all */
	/* Totals of the last file. Rows without a seal are faults. */
	long long rows, faults;
	bool known; /* a log entry contains the name of the last file */
	long long
	    *gone; /* the start of the hash of each row that a seal contains */
	/* Rows in a file that a seal contains, but the log does not. */
	size_t ngone, room;
};

/*
 * Compares a file with the seals, as the role that reads the seals. Reports the
 * reason on stderr and returns false if the file cannot be read. Afterwards,
 * results are allocated from a different arena: see pg_answer_into().
 */
bool audit_files_add(struct pg *, struct audit_files *, const char *path);

/*
 * Returns the number of distinct rows that are only in the files, and frees the
 * recorded rows.
 */
long long audit_files_end(struct audit_files *);

#endif
