/* Reads environment variables by their former names. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/renamed_settings.h"

const struct renamed_setting renamed_settings[] = {
	/* The names that Better Auth servers use. */
	{ "BETTER_AUTH_TRUSTED_ORIGINS", "TENANTRY_TRUSTED_ORIGINS" },
	{ NULL, NULL },
};

#define NRENAMED (sizeof renamed_settings / sizeof renamed_settings[0] - 1)

#define NAME_MAX_LENGTH 256 /* names of settings are shorter */

/*
 * The old names that have already been reported. All callers share this array,
 * so that each name is reported only once.
 */
static bool found[NRENAMED];

/*
 * Returns the value of a variable, or NULL if the variable is not set or is
 * empty.
 */
static const char *
value_of(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static bool
apply(const char *old, const char *value, const char *current)
{
	if (value_of(current) != NULL)
		fprintf(stderr,
		    "warning: %s and %s are both set: %s counts; remove %s\n",
		    old, current, current, old);
	else if (setenv(current, value, 1) == 0)
		fprintf(stderr,
		    "warning: %s is called %s; rename it, because the old name "
		    "will not be read forever\n",
		    old, current);
	else
		return false;
	return true;
}

bool
renamed_settings_apply(void)
{
	const struct renamed_setting *s;
	const char *value;
	size_t i;

	for (i = 0; i < NRENAMED; i++) {
		s = &renamed_settings[i];
		if (found[i] || (value = value_of(s->old)) == NULL)
			continue;
		found[i] = true;
		if (!apply(s->old, value, s->current))
			return false;
	}
	return true;
}

bool
renamed_settings_begin_with(const char *old, const char *current)
{
	char was[NAME_MAX_LENGTH], is[NAME_MAX_LENGTH];
	const char *value;
	size_t i, len;
	int n;

	/* Reread environ in each step, because setenv() may move it. */
	for (i = 0; environ[i] != NULL; i++) {
		len = strcspn(environ[i], "=");
		if (strncmp(environ[i], old, strlen(old)) != 0 ||
		    len >= sizeof was)
			continue;
		memcpy(was, environ[i], len);
		was[len] = '\0';
		n = snprintf(is, sizeof is, "%s%s", current, was + strlen(old));
		if (n < 0 || (size_t)n >= sizeof is ||
		    (value = value_of(was)) == NULL)
			continue;
		if (!apply(was, value, is))
			return false;
	}
	return true;
}

bool
renamed_settings_found(const struct renamed_setting *s)
{
	return found[s - renamed_settings];
}
