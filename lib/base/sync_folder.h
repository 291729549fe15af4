#ifndef SYNC_FOLDER_H
#define SYNC_FOLDER_H

#include <stdbool.h>

/*
 * Waits until the names of new files in a folder are on the disk.  False sets
 * errno.
 */
bool sync_folder(const char *path);

#endif
