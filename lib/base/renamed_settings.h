#ifndef RENAMED_SETTINGS_H
#define RENAMED_SETTINGS_H

#include <stdbool.h>

/*
 * Environment variables with another name in an earlier release, or in the
 * system from which an installation was migrated. A renamed secret also needs
 * its old name in secret_files.c.
 */
struct renamed_setting {
	const char *old;
	const char *current;
};

/* The table; the last entry has no names. */
extern const struct renamed_setting renamed_settings[];

/*
 * Sets each variable that is only set by its old name, and reports it on
 * stderr, once and without the value. If both are set, the new one takes
 * precedence. Call it again after further variables were read. False without
 * memory.
 */
bool renamed_settings_apply(void);

/* Does the same for all variables that begin with the prefix old. */
bool renamed_settings_begin_with(const char *old, const char *current);

/* True if the variable was set by its old name. */
bool renamed_settings_found(const struct renamed_setting *);

#endif
