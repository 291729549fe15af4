#ifndef SECRET_FILES_H
#define SECRET_FILES_H

#include <stdbool.h>

/*
 * Sets the secret settings that are in files: NAME from the file that NAME_FILE
 * names, or from the systemd credential NAME. An environment variable takes
 * precedence. Reports an unreadable file on stderr and returns false.
 */
bool secret_files_load(void);

/*
 * Sets the secret settings from a folder whose files are named after the
 * settings.
 */
bool secret_files_folder(const char *folder);

#endif
