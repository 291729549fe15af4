/* Compares two installations' settings. */
#include <stdlib.h>
#include <string.h>

#include "cli/promote/promote.h"
#include "lib/base/config.h"

/* Settings that must differ between installations, and why. */
static const struct {
	const char *name, *harm;
} own[] = {
	{ "BETTER_AUTH_SECRET",
	    "sessions and links of one are valid in the other" },
	{ "BETTER_AUTH_SECRETS",
	    "sessions and links of one are valid in the other" },
	{ "BETTER_AUTH_URL", "links in mail lead to the other" },
	{ "AWS_BUCKET", "both store their files in one bucket" },
	{ "TENANTRY_INBOUND_EMAIL", "mail to one arrives at the other" },
};

/* Settings that depend on the machine and are not compared. */
static const char *const machine[] = { "DATABASE_URL", "TENANTRY_APP_URL",
	"DATABASE_READ_URL", "TENANTRY_READ_LAG", "TENANTRY_GENERATION",
	"TENANTRY_SOCKET", "TENANTRY_LOGIN_SOCKET", "TENANTRY_SLOW_SOCKET",
	"TENANTRY_FEED_SOCKET" };

const char *
other_setting(const struct other_setting *s, const char *name)
{
	for (; s != NULL; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s->value;
	return "";
}

static bool
is_of_machine(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof machine / sizeof machine[0]; i++)
		if (strcmp(machine[i], name) == 0)
			return true;
	return false;
}

/*
 * Returns the reason why a setting should differ, or NULL if it may be the
 * same.
 */
static const char *
harm_if_same(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strcmp(own[i].name, name) == 0)
			return own[i].harm;
	return NULL;
}

/*
 * Reports a setting. Returns false if both installations have the same value
 * and this is allowed.
 */
static bool
report_setting(struct doctor *d, const char *name, const char *here,
    const char *there, bool shown)
{
	const char *harm = harm_if_same(name);

	if (strcmp(here, there) == 0) {
		if (*here != '\0' && harm != NULL)
			report(d, VERDICT_WARN, name,
			    "the same there and here: %s", harm);
		return *here != '\0' && harm != NULL;
	}
	if (shown)
		report(d, VERDICT_OK, name, "%s there, %s here", there, here);
	else if (*here == '\0')
		report(d, VERDICT_WARN, name,
		    "set there but not here; what depends on it was tried only "
		    "there");
	else if (*there == '\0')
		report(d, VERDICT_WARN, name,
		    "set here but not there; what depends on it was not tried");
	else
		report(d, VERDICT_OK, name, "another one there");
	return true;
}

void
promote_settings(struct promotion *p, const struct other_setting *other)
{
	const char *name, *fallback, *here, *there;
	size_t i;
	int same = 0;
	bool shown;

	for (i = 0; (name = config_name(i, &fallback, &shown)) != NULL; i++) {
		if (is_of_machine(name))
			continue;
		there = other_setting(other, name);
		if (*there == '\0')
			there = fallback;
		here = getenv(name);
		if (here == NULL || *here == '\0')
			here = fallback;
		same += !report_setting(&p->report, name, here, there, shown);
	}
	report(&p->report, VERDICT_OK, "settings", "%d are the same", same);
}
