#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>

struct arena;
struct pg;

/* The file as text, or NULL with one line on stderr. */
const char *script_read(struct arena *, const char *path);

/* The text's SHA-256 in hexadecimal. */
const char *script_sum(struct arena *, const char *sql);

/* Begins a transaction for scripts. */
bool script_begin(struct pg *);

/*
 * Runs the text in the transaction, with the settings that every script starts
 * from; the caller commits.  False, with
 * "path:line: message" on stderr, when it failed or ended the transaction.
 */
bool script_run(struct pg *, const char *path, const char *sql);

#endif
