/* Reads environment variables by the names that they had before. */

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/renamed_settings.h"

const struct renamed_setting renamed_settings[] = {
	/* As a Better Auth server reads them. */
	{ "BETTER_AUTH_TRUSTED_ORIGINS", "TENANTRY_TRUSTED_ORIGINS" },
	{ NULL, NULL },
};

#define NRENAMED (sizeof renamed_settings / sizeof renamed_settings[0] - 1)

/* What was said; the same for each part of a program. */
static bool found[NRENAMED];

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

bool
renamed_settings_apply(void)
{
	const struct renamed_setting *s;
	size_t i;

	for (i = 0; i < NRENAMED; i++) {
		s = &renamed_settings[i];
		if (found[i] || !is_set(s->old))
			continue;
		found[i] = true;
		if (is_set(s->current))
			fprintf(stderr,
			    "warning: %s and %s are both set: %s counts; "
			    "remove %s\n",
			    s->old, s->current, s->current, s->old);
		else if (setenv(s->current, getenv(s->old), 1) == 0)
			fprintf(stderr,
			    "warning: %s is called %s; rename it, because the "
			    "old name will not be read forever\n",
			    s->old, s->current);
		else
			return false;
	}
	return true;
}

bool
renamed_settings_found(const struct renamed_setting *s)
{
	return found[s - renamed_settings];
}
