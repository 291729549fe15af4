#ifndef SETTINGS_FILE_H
#define SETTINGS_FILE_H

#include <stdbool.h>

struct arena;

/*
 * Reads a settings file, as "tenantry setup" and script/up write it: lines
 * NAME=VALUE or export NAME=VALUE, with the quotes and escapes that
 * systemd.exec(5) allows. Calls set() for each line. The texts belong to the
 * arena. Returns false and sets errno if the file cannot be read or set()
 * fails.
 */
bool settings_file_read(struct arena *, const char *path,
    bool set(void *data, const char *name, const char *value), void *data);

#endif
