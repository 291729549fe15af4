#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli/base/command.h"

#define PROGRAM_ARGUMENTS 4 /* at most, with NULL at the end */

/*
 * Runs a program of libexec/ with these arguments, up to NULL, in place of this
 * one; returns only if it cannot be run.
 */
enum status program_run(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/*
 * Runs it and waits; returns what it prints, or NULL, with a line on stderr, if
 * it fails.  It ends when this command is killed.
 */
const char *program_output(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/* Runs it without arguments, writes what it prints to a file, and waits. */
bool program_write(struct arena *, const char *name, int fd);

/*
 * Runs this tenantry with other arguments, which begin with its name, and waits;
 * what it prints goes to standard error.  False if it fails.
 */
bool program_run_self(struct arena *, const char *const *argv);

#endif
