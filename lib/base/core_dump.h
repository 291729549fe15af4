#ifndef CORE_DUMP_H
#define CORE_DUMP_H

#include <stdbool.h>

/*
 * The memory of these programs contains secrets and rows of all organizations.
 * A crash must not write it to a file, and other processes of the same user
 * must not read it.
 */

/* Disables core files of this process and of its children. */
void core_dump_disable(void);

/*
 * While permitted, files of /proc/self can be opened by their paths. Core files
 * remain limited to 0 bytes.
 */
void core_dump_permit(bool);

#endif
