#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>

struct arena;
struct pg;

/* The file as text, or NULL with one line on stderr. */
const char *script_read(struct arena *, const char *path);

/* SHA-256 of the text in hexadecimal. */
const char *script_sum(struct arena *, const char *sql);

/* Begins a transaction for scripts. */
bool script_begin(struct pg *);

/*
 * Runs the text in the transaction, with the initial settings of every script;
 * the caller commits.  Returns false, with "path:line: message" on stderr, if
 * it failed or ended the transaction.
 */
bool script_run(struct pg *, const char *path, const char *sql);

#endif
