#ifndef SECRET_FILES_H
#define SECRET_FILES_H

#include <stdbool.h>

/*
 * Sets the secret settings that are in files: NAME from the file in NAME_FILE,
 * and from the credential NAME of systemd. A variable of the environment takes
 * precedence. False, with a line on stderr, if a file cannot be read.
 */
bool secret_files_load(void);

/* The same for a folder whose files have the names of the settings. */
bool secret_files_folder(const char *folder);

#endif
