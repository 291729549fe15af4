#ifndef SETUP_H
#define SETUP_H

#include "cli/base/command.h"

/*
 * Runs the script of tenantry setup with at most four arguments, up to NULL, in
 * place of this program; returns only if it cannot be run.
 */
enum status setup_run(struct arena *, const char *const *arguments);

#endif
