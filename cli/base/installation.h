#ifndef INSTALLATION_H
#define INSTALLATION_H

#include <stdbool.h>

struct arena;

/*
 * Reads the settings that "tenantry setup" wrote, and the files with secrets,
 * if the environment has no DATABASE_URL. A command started by root continues
 * as the tenantry user, like the services.
 *
 * If pack names a program in libexec/, root also reads the backup settings,
 * whose database role reads all rows. Root then runs this program, which prints
 * a tar of files that only root can read.
 *
 * On an error, reports it on stderr and returns false.
 */
bool installation_enter(struct arena *, const char *pack);

#endif
