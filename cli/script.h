#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>

struct arena;
struct pg;

/* The file as text, or NULL with one line on stderr. */
const char *script_read(struct arena *, const char *path);

/* Begins a transaction with the settings that every script starts from. */
bool script_begin(struct pg *);

/*
 * Runs the text in the transaction; the caller commits.  False, with
 * "path:line: message" on stderr, when it failed or ended the transaction.
 */
bool script_run(struct pg *, const char *path, const char *sql);

#endif
