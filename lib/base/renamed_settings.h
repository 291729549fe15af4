#ifndef RENAMED_SETTINGS_H
#define RENAMED_SETTINGS_H

#include <stdbool.h>

/*
 * Environment variables that had another name in an earlier release, or have
 * another name in the system from which an installation was migrated. A renamed
 * secret also needs its old name in secret_files.c.
 */
struct renamed_setting {
	const char *old;
	const char *current;
};

/* The table; the last entry has no names. */
extern const struct renamed_setting renamed_settings[];

/*
 * Sets each variable that is set only under its old name, and reports it on
 * stderr once, without the value. If both names are set, the new name takes
 * precedence. Call this function again after further variables were read.
 * Returns false if memory is exhausted.
 */
bool renamed_settings_apply(void);

/*
 * Renames all variables that begin with the prefix old, like
 * renamed_settings_apply().
 */
bool renamed_settings_begin_with(const char *old, const char *current);

/* Returns true if the variable was set under its old name. */
bool renamed_settings_found(const struct renamed_setting *);

#endif
