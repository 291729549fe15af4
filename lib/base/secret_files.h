#ifndef SECRET_FILES_H
#define SECRET_FILES_H

#include <stdbool.h>

/*
 * Sets the secret settings that are in files: NAME from the file in NAME_FILE,
 * and from the credential NAME of systemd. A variable of the environment takes
 * precedence. If a file cannot be read, returns false and reports it on stderr.
 */
bool secret_files_load(void);

/*
 * Sets the secret settings from a folder whose files are named after the
 * settings.
 */
bool secret_files_folder(const char *folder);

#endif
