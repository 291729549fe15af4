#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli/base/command.h"

#define PROGRAM_ARGUMENTS 4 /* maximum, including the NULL at the end */

/*
 * Replaces this process with a program in libexec/. The arguments end with
 * NULL. Returns only if the program cannot be run.
 */
enum status program_run(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/*
 * Runs a program, waits for it and returns its output. On an error, reports it
 * on stderr and returns NULL. The program ends when this command is killed.
 */
const char *program_output(struct arena *, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS]);

/*
 * Runs a program without arguments, writes its output to a file, and waits for
 * it.
 */
bool program_write(struct arena *, const char *name, int fd);

/*
 * Runs this tenantry with different arguments, which begin with its name, and
 * waits for it. Its output goes to standard error. Returns false if it fails.
 */
bool program_run_self(struct arena *, const char *const *argv);

#endif
