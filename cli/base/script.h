#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>

struct arena;
struct pg;

/*
 * Returns the file, or standard input if the path is NULL, as text. On an error,
 * reports it on stderr and returns NULL.
 */
const char *script_read(struct arena *, const char *path);

/* Returns the SHA-256 of the text in hexadecimal. */
const char *script_sum(struct arena *, const char *sql);

/* Begins a transaction for scripts. */
bool script_begin(struct pg *);

/*
 * Runs the text in the transaction, with the initial settings of every script.
 * The caller commits. Prints "path:line: message" on stderr and returns false
 * if the text fails or ends the transaction.
 */
bool script_run(struct pg *, const char *path, const char *sql);

#endif
