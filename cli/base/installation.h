#ifndef INSTALLATION_H
#define INSTALLATION_H

#include <stdbool.h>

struct arena;

/*
 * If the environment has no DATABASE_URL, reads the settings that "tenantry
 * setup" wrote, and the files of secrets. If root started the command, it
 * continues as the user tenantry, like the services.
 *
 * With the name of a program in libexec/, root also reads the settings of
 * backups, whose database role reads all rows. It then runs this program, which
 * prints a tar of files that only root can read.
 *
 * On an error, reports it on stderr and returns false.
 */
bool installation_enter(struct arena *, const char *pack);

#endif
