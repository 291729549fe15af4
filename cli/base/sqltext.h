#ifndef SQLTEXT_H
#define SQLTEXT_H

#include <stddef.h>

/* Positions in SQL text, for error messages only. */

/*
 * Returns the line of a character. Lines and characters are counted from 1, as
 * on the server.
 */
int sqltext_line_of_character(const char *sql, size_t character);

/* Returns the line on which the statement after n statements starts. */
int sqltext_line_of_statement(const char *sql, int n);

#endif
