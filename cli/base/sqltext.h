#ifndef SQLTEXT_H
#define SQLTEXT_H

#include <stddef.h>

/* Positions in SQL text, for error messages only. */

/* The line of a character, both counted from 1 like the server does. */
int sqltext_line_of_character(const char *sql, size_t character);

/* The line where a statement starts; n statements precede it. */
int sqltext_line_of_statement(const char *sql, int n);

#endif
