/* The tenantry doctor checks of the package and the systemd units. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "lib/base/arena.h"

/* The folder that libexec/upgrade uses. */
#define UPGRADE "/var/lib/tenantry-upgrade"

/* Returns true while "tenantry upgrade" is running, because it holds a lock. */
static bool
upgrade_runs(void)
{
	int fd = open(UPGRADE "/lock", O_RDONLY | O_CLOEXEC);
	bool runs = fd != -1 && flock(fd, LOCK_SH | LOCK_NB) == -1;

	if (fd != -1)
		close(fd);
	return runs;
}

void
check_package(struct doctor *d)
{
	const char *state = first_line(d->arena,
	    "dpkg-query -W -f='${db:Status-Status} ${Version}\\n' tenantry "
	    "2>/dev/null");
	const char *half;

	if (state == NULL || strncmp(state, "not-installed", 13) == 0 ||
	    strncmp(state, "config-files", 12) == 0)
		return; /* the programs do not come from a package */
	if (upgrade_runs())
		report(d, VERDICT_OK, "package", "an upgrade is under way");
	else if ((half = first_line(d->arena,
		      "cat " UPGRADE "/under-way 2>/dev/null")) != NULL)
		report(d, VERDICT_FAIL, "package",
		    "an upgrade was interrupted: %s; run the same tenantry "
		    "upgrade again, or tenantry upgrade --back",
		    half);
	else if (strncmp(state, "installed ", 10) != 0)
		report(d, VERDICT_FAIL, "package",
		    "%s: it is not completely installed; run dpkg --configure "
		    "-a",
		    state);
	else
		report(d, VERDICT_OK, "package", "%s", state);
}

static const struct unit {
	const char *name;
	/*
	 * The unit is optional if this file is missing. NULL: always required.
	 */
	const char *file;
} units[] = {
	{ "tenantry.target", NULL },
	{ "tenantry.socket", NULL },
	{ "tenantry.service", NULL },
	{ "tenantry-jobs.service", NULL },
	{ "tenantry-feed.service",
	    "/etc/systemd/system/tenantry.target.wants/tenantry-feed.service" },
	{ "tenantry-watch.timer", NULL },
	{ "tenantry-backup.timer", "/etc/tenantry/backup.conf" },
	{ "tenantry-demo.timer", "/etc/tenantry/demo.conf" },
};

static bool
unit_is(struct doctor *d, const char *what, const char *unit)
{
	return system(arena_printf(d->arena,
		   "systemctl -q %s %s >/dev/null 2>&1", what, unit)) == 0;
}

/*
 * Finds services that are enabled but not running, and services that will not
 * start at boot.
 */
void
check_units(struct doctor *d)
{
	const char *stopped = "", *disabled = "", **list;
	size_t i;

	if (!systemd_starts_workers())
		return;
	for (i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (units[i].file != NULL && access(units[i].file, F_OK) == -1)
			continue;
		if (!unit_is(d, "is-enabled", units[i].name))
			list = &disabled;
		else if (!unit_is(d, "is-active", units[i].name))
			list = &stopped;
		else
			continue;
		*list = arena_printf(d->arena, "%s %s", *list, units[i].name);
	}
	if (*stopped != '\0')
		report(d, VERDICT_FAIL, "units",
		    "not active; run systemctl start%s", stopped);
	if (*disabled != '\0')
		report(d, VERDICT_WARN, "units",
		    "disabled; run systemctl enable --now%s", disabled);
	if (*stopped == '\0' && *disabled == '\0')
		report(d, VERDICT_OK, "units", "enabled and active");
}
