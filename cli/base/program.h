#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli/base/command.h"

#define PROGRAM_ARGUMENTS 4 /* at most, with NULL at the end */

/*
 * Replaces this process by a program of libexec/ with these arguments, up to
 * NULL; returns only if it cannot be run.
 */
enum status program_run(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/*
 * Runs a program and waits; returns its output, or NULL, with a line on stderr,
 * if it fails. The program ends when this command is killed.
 */
const char *program_output(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/* Runs a program without arguments, writes its output to a file, and waits. */
bool program_write(struct arena *, const char *name, int fd);

/*
 * Runs this tenantry with other arguments, which begin with its name, and waits;
 * its output goes to standard error. False if it fails.
 */
bool program_run_self(struct arena *, const char *const *argv);

#endif
