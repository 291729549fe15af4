#ifndef SETUP_H
#define SETUP_H

#include "cli/base/command.h"

/*
 * Replaces this program with the script of tenantry setup and at most four
 * arguments, up to NULL. Returns only if the script cannot be run.
 */
enum status setup_run(struct arena *, const char *const *arguments);

#endif
