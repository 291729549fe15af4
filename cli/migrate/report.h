#ifndef MIGRATE_REPORT_H
#define MIGRATE_REPORT_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Makes the go/no-go report from the verdicts of rules_judge(). Prints the
 * report, keeps it in ops.migration_report with its SHA-256, and writes it
 * beside the plan as JSON and as HTML. *go is true if no verdict is a no-go.
 * Returns false on an error.
 */
bool report_make(struct migration *, struct json_object *verdicts, bool *go);

/*
 * Returns the number of warnings in the verdicts, in thousandths of the rows
 * that were read, or -1 on an error.
 */
long report_warnings(struct migration *, struct json_object *verdicts);

/*
 * Writes the rejected rows as CSV beside the plan. Returns false on an error.
 */
bool report_rejects(struct migration *);

#endif
