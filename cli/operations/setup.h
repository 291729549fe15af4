#ifndef SETUP_H
#define SETUP_H

#include "cli/base/command.h"

/*
 * Replaces this program with the tenantry setup script. Passes at most four
 * arguments, which end with NULL. Returns only if the script cannot be run.
 */
enum status setup_run(struct arena *, const char *const *arguments);

#endif
