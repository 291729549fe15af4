#ifndef INSTALLATION_H
#define INSTALLATION_H

#include <stdbool.h>

struct arena;

/*
 * If the environment has no DATABASE_URL, reads the settings that "tenantry
 * setup" wrote, and the files of secrets; the command continues as the user
 * tenantry, as the services do, when root started it.  With the name of a program
 * of libexec/, root also reads the settings of backups, whose role of the
 * database reads all rows, and runs this program, which prints a tar of files
 * that only root can read.
 * False, with a line on stderr, if this failed.
 */
bool installation_enter(struct arena *, const char *pack);

#endif
