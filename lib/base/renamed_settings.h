#ifndef RENAMED_SETTINGS_H
#define RENAMED_SETTINGS_H

#include <stdbool.h>

/*
 * Environment variables that had a different name in an earlier release, or
 * have a different name in the system from which an installation was migrated.
 * A renamed secret also needs its old name in secret_files.c.
 */
struct renamed_setting {
	const char *old;
	const char *current;
};

/* The table. The last entry has no names. */
extern const struct renamed_setting renamed_settings[];

/*
 * Sets the new name of each variable that is set only under its old name.
 * Reports each such variable once on stderr, without its value. If both names
 * are set, the new name takes precedence. Call this function again after
 * reading more variables. Returns false if memory is exhausted.
 */
bool renamed_settings_apply(void);

/*
 * Works like renamed_settings_apply() for all variables that begin with the
 * prefix old.
 */
bool renamed_settings_begin_with(const char *old, const char *current);

/* Returns true if the variable was set under its old name. */
bool renamed_settings_found(const struct renamed_setting *);

#endif
