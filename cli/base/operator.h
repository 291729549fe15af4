#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

#include "cli/base/command.h"

struct arena;
struct pg;
struct pg_rows;

/* Sets the operator's name for the logs. */
bool operator_sign(struct arena *, struct pg *);

/*
 * Runs a statement. On an error, reports the reason on stderr and returns NULL.
 * Better Auth errors have the same texts as in the API.
 */
const struct pg_rows *operator_ask(struct invocation *, const char *sql,
    int nparams, const char *const *params);

/* A column of a list. Column 0 of the result is the row as JSON. */
struct list_column {
	int number;
	int width; /* width as in printf("%*s"): negative aligns to the left */
};

/*
 * Prints a line for each row, with these columns. A column 0 ends the list of
 * columns. With --json, the output is an array of the rows' JSON. Prints the
 * text none if there are no rows. Reports the failure if the rows are NULL.
 */
enum status operator_list(struct invocation *, const struct pg_rows *,
    const struct list_column *, const char *none);

/*
 * Runs a statement with one parameter and prints the first row. Each column
 * that is not null, after the JSON, becomes a line. With --json, the output is
 * the JSON. NULL ends the labels.
 */
enum status operator_show(struct invocation *, const char *sql, const char *id,
    const char *const *labels);

#endif
