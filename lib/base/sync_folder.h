#ifndef SYNC_FOLDER_H
#define SYNC_FOLDER_H

#include <stdbool.h>

/*
 * Waits until the names of new files in a folder are on the disk. On an error,
 * returns false and sets errno.
 */
bool sync_folder(const char *path);

#endif
