#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

#include "cli/base/command.h"

struct arena;
struct pg;
struct pg_rows;

/* Sets the name of the operator in the logs. */
bool operator_sign(struct arena *, struct pg *);

/*
 * Runs a statement. On an error, reports the reason on stderr and returns NULL.
 * Errors of Better Auth have the same texts as in the API.
 */
const struct pg_rows *operator_ask(struct invocation *, const char *sql,
    int nparams, const char *const *params);

/* A column of a list. Column 0 of the result is the row as JSON. */
struct list_column {
	int number;
	int width; /* as in printf("%*s"): negative aligns to the left */
};

/*
 * Prints a line for each row, with these columns. A column 0 ends the list of
 * columns. With --json, prints an array of the JSON. If there are no rows,
 * prints the text none. If the rows are NULL, reports the failure.
 */
enum status operator_list(struct invocation *, const struct pg_rows *,
    const struct list_column *, const char *none);

/*
 * Runs a statement with one parameter and prints the first row: a line for each
 * column after the JSON that is not null. With --json, prints the JSON. NULL
 * ends the labels.
 */
enum status operator_show(struct invocation *, const char *sql, const char *id,
    const char *const *labels);

#endif
