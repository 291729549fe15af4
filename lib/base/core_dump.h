#ifndef CORE_DUMP_H
#define CORE_DUMP_H

#include <stdbool.h>

/*
 * These programs' memory contains secrets and rows of all organizations. A
 * crash must not write it to a file, and other processes of the same user must
 * not read it.
 */

/* Disables core files for this process and its children. */
void core_dump_disable(void);

/*
 * While core dumps are permitted, files in /proc/self can be opened by path.
 * Core files remain limited to 0 bytes.
 */
void core_dump_permit(bool);

#endif
