#ifndef CORE_DUMP_H
#define CORE_DUMP_H

#include <stdbool.h>

/*
 * Memory of these programs has secrets and rows of all organizations, which a
 * crash must not write to a file.  Other processes of the same user cannot read
 * it either.
 */

/* Disables core files of this process and of its children. */
void core_dump_disable(void);

/*
 * While permitted, files of /proc/self can be opened by their paths. Core files
 * remain limited to 0 bytes.
 */
void core_dump_permit(bool);

#endif
