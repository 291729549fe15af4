#ifndef SQLTEXT_H
#define SQLTEXT_H

#include <stddef.h>

/*
 * Where in a text of SQL something is, for messages; nothing is executed by
 * what these find.
 */

/* The line, from 1, of a character counted from 1 as the server counts. */
int sqltext_line_of_character(const char *sql, size_t character);

/* The line where a statement begins; n is the number of those before it. */
int sqltext_line_of_statement(const char *sql, int n);

#endif
