/* The checks of tenantry doctor of this machine and the environment. */
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cli/doctor.h"
#include "lib/base/arena.h"

#define SECRET_MIN     32    /* characters */
#define SECRET_VARIETY 10    /* different ones among them */
#define DISK_FAIL      256.0 /* MiB */
#define DISK_WARN      1024.0

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? "" : value;
}

static int
variety(const char *text)
{
	bool seen[256] = { false };
	int n = 0;

	for (; *text != '\0'; text++) {
		n += !seen[(unsigned char)*text];
		seen[(unsigned char)*text] = true;
	}
	return n;
}

void
check_secret(struct doctor *d)
{
	const char *secret = setting("BETTER_AUTH_SECRET");

	if (strlen(secret) < SECRET_MIN)
		report(d, VERDICT_FAIL, "BETTER_AUTH_SECRET",
		    "%s; set it to the output of openssl rand -base64 32",
		    *secret == '\0' ? "not set" : "shorter than 32 characters");
	else if (variety(secret) < SECRET_VARIETY)
		report(d, VERDICT_WARN, "BETTER_AUTH_SECRET",
		    "looks guessable; set it to the output of openssl rand "
		    "-base64 32");
	else
		report(d, VERDICT_OK, "BETTER_AUTH_SECRET", "%zu characters",
		    strlen(secret));
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

void
check_url(struct doctor *d)
{
	const char *url = setting("BETTER_AUTH_URL");

	if (starts_with(url, "https://"))
		report(d, VERDICT_OK, "BETTER_AUTH_URL", "%s", url);
	else if (starts_with(url, "http://localhost") ||
	    starts_with(url, "http://127.0.0.1"))
		report(d, VERDICT_OK, "BETTER_AUTH_URL",
		    "%s, for this machine only", url);
	else if (starts_with(url, "http://"))
		report(d, VERDICT_WARN, "BETTER_AUTH_URL",
		    "%s sends cookies and passwords in the clear; use https",
		    url);
	else
		report(d, VERDICT_FAIL, "BETTER_AUTH_URL",
		    "%s; set it to the public address, such as "
		    "https://crm.example.org",
		    *url == '\0' ? "not set" : "neither http nor https");
}

/* A process that can connect to a socket can pretend to be any user. */
static void
check_socket(struct doctor *d, const char *name)
{
	const char *path = setting(name);
	const char *folder = dirname(arena_strdup(d->arena, path));
	struct stat at, above;

	if (*path == '\0')
		report(d, VERDICT_WARN, name,
		    "not set here; the service has its own environment");
	else if (stat(folder, &above) == -1)
		report(d, VERDICT_FAIL, name, "%s: %s; create the directory",
		    folder, strerror(errno));
	else if (stat(path, &at) == -1)
		report(d, VERDICT_WARN, name,
		    "%s: %s; is tenantry-fcgi running?", path, strerror(errno));
	else if (!S_ISSOCK(at.st_mode))
		report(d, VERDICT_FAIL, name, "%s is not a socket; remove it",
		    path);
	else if ((at.st_mode & S_IRWXO) != 0 && (above.st_mode & S_IXOTH) != 0)
		report(d, VERDICT_FAIL, name,
		    "every user of this machine can connect to %s; run chmod "
		    "o= %s",
		    path, folder);
	else
		report(d, VERDICT_OK, name, "%s", path);
}

void
check_sockets(struct doctor *d)
{
	check_socket(d, "TENANTRY_SOCKET");
	check_socket(d, "TENANTRY_LOGIN_SOCKET");
	check_socket(d, "TENANTRY_SLOW_SOCKET");
	if (getenv("TENANTRY_FEED_SOCKET") != NULL &&
	    *getenv("TENANTRY_FEED_SOCKET") != '\0')
		check_socket(d, "TENANTRY_FEED_SOCKET");
	else
		report(d, VERDICT_OK, "feed",
		    "TENANTRY_FEED_SOCKET is not set (needs nginx's module "
		    "nchan); clients poll for changes");
}

/* The first line that a command prints, or NULL. */
static const char *
first_line(struct arena *a, const char *command)
{
	char line[256];
	bool any;
	FILE *f;

	if ((f = popen(command, "r")) == NULL)
		return NULL;
	any = fgets(line, sizeof line, f) != NULL;
	if (pclose(f) != 0 || !any)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return arena_strdup(a, line);
}

/* Older versions of libfcgi have a heap overflow: CVE-2025-23016. */
static void
check_libfcgi(struct doctor *d)
{
	const char *version = first_line(d->arena,
	    "dpkg-query -W -f='${Version}\\n' libfcgi0ldbl libfcgi0t64 "
	    "2>/dev/null | grep .");
	const char *newer;

	if (version == NULL)
		return;
	newer = first_line(d->arena,
	    arena_printf(d->arena,
		"dpkg --compare-versions '%s' ge 2.4.2-2+deb12u1 && echo yes",
		version));
	if (newer != NULL)
		report(d, VERDICT_OK, "libfcgi", "%s", version);
	else
		report(d, VERDICT_FAIL, "libfcgi",
		    "%s has CVE-2025-23016; run apt-get update && apt-get "
		    "upgrade",
		    version);
}

void
check_programs(struct doctor *d)
{
	const char *nginx =
	    first_line(d->arena, "PATH=$PATH:/usr/sbin nginx -v 2>&1");

	check_libfcgi(d);
	if (nginx != NULL)
		report(d, VERDICT_OK, "nginx", "%s", nginx);
	else
		report(d, VERDICT_WARN, "nginx",
		    "not found on this machine; it may run on another");
}

/* Request bodies, logs and a local database use these two. */
void
check_disk(struct doctor *d)
{
	static const char *const places[] = { "/tmp", "/var" };
	struct statvfs s;
	double free_mib;
	size_t i;

	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (statvfs(places[i], &s) == -1)
			continue;
		free_mib = (double)s.f_bavail * (double)s.f_frsize / 1048576;
		if (free_mib >= DISK_WARN)
			report(d, VERDICT_OK, "disk", "%.0f MiB free in %s",
			    free_mib, places[i]);
		else
			report(d,
			    free_mib < DISK_FAIL ? VERDICT_FAIL : VERDICT_WARN,
			    "disk", "only %.0f MiB free in %s; free some space",
			    free_mib, places[i]);
	}
}
