/* The tenantry doctor checks of this machine and the environment. */
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "cli/doctor/worker_socket.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/renamed_settings.h"

#define SECRET_MIN     32    /* characters */
#define SECRET_VARIETY 10    /* number of distinct characters */
#define LATELY         900   /* seconds since a refusal */
#define DISK_FAIL      256.0 /* MiB */
#define DISK_WARN      1024.0
#define CLOCK_WARN     5.0 /* seconds; NTP corrects the clock at least hourly */

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

/* Checks that the first version, which signs, is the newest. */
static void
check_secrets(struct doctor *d, const char *secrets)
{
	const char *name = "BETTER_AUTH_SECRETS";
	const char *all = config_secrets(
	    d->arena, secrets, environment("BETTER_AUTH_SECRET"));
	const char *s, *current;
	unsigned long long first = strtoull(secrets, NULL, 10);
	int n = 1;

	if (all == NULL) {
		report(d, VERDICT_FAIL, name,
		    "not VERSION:SECRET, comma separated, with at least 32 "
		    "characters each");
		return;
	}
	for (s = secrets; (s = strchr(s, ',')) != NULL && s[1] != '\0'; n++)
		if (strtoull(++s, NULL, 10) > first) {
			report(d, VERDICT_WARN, name,
			    "version %llu signs, because it comes before "
			    "version %llu; put the newest one first",
			    first, strtoull(s, NULL, 10));
			return;
		}
	current = arena_strndup(d->arena, all, strcspn(all, "\n"));
	if (variety(current) < SECRET_VARIETY)
		report(d, VERDICT_WARN, name,
		    "version %llu looks guessable; put the output of openssl "
		    "rand -base64 32 before it",
		    first);
	else
		report(
		    d, VERDICT_OK, name, "version %llu of %d signs", first, n);
}

void
check_secret(struct doctor *d)
{
	const char *secret = environment("BETTER_AUTH_SECRET");

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
	if (*environment("BETTER_AUTH_SECRETS") != '\0')
		check_secrets(d, environment("BETTER_AUTH_SECRETS"));
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

void
check_url(struct doctor *d)
{
	const char *url = environment("BETTER_AUTH_URL");

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

/* Warns about settings that are set under their old names. */
void
check_names(struct doctor *d)
{
	const struct renamed_setting *s;
	int n = 0;

	for (s = renamed_settings; s->old != NULL; s++) {
		if (!renamed_settings_found(s))
			continue;
		n++;
		report(d, VERDICT_WARN, "renamed setting",
		    "%s is an old name; rename it to %s", s->old, s->current);
	}
	if (n == 0)
		report(d, VERDICT_OK, "renamed settings", "none are set");
}

/*
 * Checks a socket. A process that can connect to the socket can impersonate any
 * user. maker is the program that creates the socket.
 */
static void
check_socket(struct doctor *d, const char *name, const char *maker)
{
	const char *path = environment(name);
	const char *folder = dirname(arena_strdup(d->arena, path));
	struct stat at, above;

	if (*path == '\0')
		report(d, VERDICT_OK, name,
		    "not set here; the service has its own environment");
	else if (stat(folder, &above) == -1)
		report(d, VERDICT_FAIL, name, "%s: %s; create the directory",
		    folder, strerror(errno));
	else if (stat(path, &at) == -1)
		report(d, VERDICT_WARN, name, "%s: %s; is %s running?", path,
		    strerror(errno), maker);
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
	check_socket(d, "TENANTRY_SOCKET", "tenantry-fcgi");
	check_socket(d, "TENANTRY_LOGIN_SOCKET", "tenantry-fcgi");
	check_socket(d, "TENANTRY_SLOW_SOCKET", "tenantry-fcgi");
	if (*environment("TENANTRY_FEED_SOCKET") != '\0')
		check_socket(
		    d, "TENANTRY_FEED_SOCKET", "the change feed's nginx");
	else
		report(d, VERDICT_OK, "feed",
		    "TENANTRY_FEED_SOCKET is not set (needs nginx's module "
		    "nchan); clients poll for changes");
}

/*
 * Finds the value of a pool's metric in the text. Returns false if it is
 * missing.
 */
static bool
metric(struct arena *a, const char *text, const char *name, const char *pool,
    long *value)
{
	const char *row =
	    arena_printf(a, "\ntenantry_%s{pool=\"%s\"} ", name, pool);
	const char *at = strstr(text, row);

	if (at == NULL)
		return false;
	*value = strtol(at + strlen(row), NULL, 10);
	return true;
}

/*
 * Checks a pool's workers. Returns false if the pool does not exist or is not
 * bounded.
 */
static bool
check_pool_share(
    struct doctor *d, const char *text, const char *pool, const char *how)
{
	long workers, share, busy, waiting, refused, last, ago;
	const char *state;

	if (!metric(d->arena, text, "pool_workers", pool, &workers) ||
	    !metric(d->arena, text, "organization_share", pool, &share) ||
	    !metric(d->arena, text, "organization_workers", pool, &busy) ||
	    !metric(d->arena, text, "organization_waiting", pool, &waiting) ||
	    !metric(
		d->arena, text, "organization_refused_total", pool, &refused) ||
	    !metric(d->arena, text, "organization_refused_timestamp_seconds",
		pool, &last))
		return false;
	state = arena_printf(d->arena,
	    "%s: %ld of %ld workers for one organization; %ld occupied, "
	    "requests that wait: %ld, refused: %ld",
	    pool, share, workers, busy, waiting, refused);
	ago = (long)time(NULL) - last;
	if (refused > 0 && ago < LATELY)
		report(d, VERDICT_WARN, "fair shares",
		    "%s, the last one %ld s ago; an organization sends more "
		    "than its share, or raise %s",
		    state, ago, how);
	else
		report(d, VERDICT_OK, "fair shares", "%s", state);
	return true;
}

#define CRASH 300 /* seconds; older events are not failures */

/*
 * Checks for crashed workers. A worker that crashes loses a request and is
 * restarted.
 */
static void
check_crashes(struct doctor *d, const char *text)
{
	static const char total[] = "\ntenantry_workers_failed_total ";
	static const char last[] =
	    "\ntenantry_worker_failed_timestamp_seconds ";
	const char *n = strstr(text, total), *at = strstr(text, last);
	long ago;

	if (n == NULL || at == NULL)
		return; /* the workers belong to an earlier release */
	n += strlen(total);
	ago = (long)time(NULL) - strtol(at + strlen(last), NULL, 10);
	if (strtol(n, NULL, 10) == 0)
		report(d, VERDICT_OK, "workers", "none has crashed");
	else
		report(d, ago < CRASH ? VERDICT_FAIL : VERDICT_OK, "workers",
		    "%ld crashed since tenantry-fcgi started, the last one "
		    "%ld s ago; the log lines worker_died have the route",
		    strtol(n, NULL, 10), ago);
}

/*
 * Checks how this machine's workers are distributed among organizations.
 * check_sockets() reports a missing socket.
 */
void
check_shares(struct doctor *d)
{
	const char *path = environment("TENANTRY_SOCKET");
	struct stat at;
	const char *text;
	bool bounded;

	if (stat(path, &at) == -1 || !S_ISSOCK(at.st_mode))
		return;
	text = worker_socket_get(d->arena, path, "/metrics");
	if (text == NULL) {
		report(d, VERDICT_WARN, "fair shares",
		    "no metrics from %s: %s; is tenantry-fcgi running?", path,
		    strerror(errno));
		return;
	}
	check_crashes(d, text);
	bounded = check_pool_share(d, text, "api", "TENANTRY_WORKERS");
	if (check_pool_share(d, text, "login", "TENANTRY_LOGIN_WORKERS"))
		bounded = true;
	if (check_pool_share(d, text, "slow", "TENANTRY_SLOW_WORKERS"))
		bounded = true;
	if (!bounded)
		report(d, VERDICT_OK, "fair shares",
		    "one organization may occupy all workers, because of "
		    "TENANTRY_ORGANIZATION_SHARE or a single worker");
}

const char *
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

/*
 * Warns about old versions of libfcgi, which have a heap overflow:
 * CVE-2025-23016.
 */
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

static void
check_place(struct doctor *d, const char *place, const struct statvfs *s)
{
	double free_mib = (double)s->f_bavail * (double)s->f_frsize / 1048576;

	if (free_mib >= DISK_WARN)
		report(d, VERDICT_OK, "disk", "%.0f MiB free in %s", free_mib,
		    place);
	else
		report(d, free_mib < DISK_FAIL ? VERDICT_FAIL : VERDICT_WARN,
		    "disk", "only %.0f MiB free in %s; free some space",
		    free_mib, place);
}

/*
 * Checks the disks for request bodies, files, logs and a local database. Each
 * disk is listed once, under its first use.
 */
void
check_disk(struct doctor *d)
{
	const char *const places[] = { "/tmp", "/var",
		environment("UPLOAD_DIR"), "/var/lib/tenantry/uploads",
		"/var/lib/postgresql", "/var/log" };
	dev_t disks[sizeof places / sizeof places[0]];
	struct statvfs room;
	struct stat at;
	size_t i, j, n = 0;

	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (*places[i] == '\0' || stat(places[i], &at) == -1 ||
		    statvfs(places[i], &room) == -1)
			continue;
		for (j = 0; j < n && disks[j] != at.st_dev; j++)
			continue;
		if (j < n)
			continue;
		disks[n++] = at.st_dev;
		check_place(d, places[i], &room);
	}
}

/* Records the maximum error of the clock. */
static void
record_clock(struct doctor *d, double seconds)
{
	const char *amount = arena_printf(d->arena, "%.3f", seconds);

	if (d->pg == NULL || d->found == NULL)
		return;
	if (pg_query(d->pg,
		"SELECT ops.record_host_check('clock_error', $1, NULL)", 1,
		&amount) == NULL)
		pg_warn(d->pg, "the error of the clock is not recorded");
}

/*
 * Checks the time service. The kernel knows whether a time service corrects its
 * clock, and the maximum error. In a container, this is the task of the host
 * machine.
 */
void
check_time_service(struct doctor *d)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);
	double seconds = (double)t.maxerror / 1e6;

	if (state == -1) {
		report(d, VERDICT_OK, "time service", "cannot be asked: %s",
		    strerror(errno));
		return;
	}
	if (state == TIME_ERROR || seconds > CLOCK_WARN)
		report(d, VERDICT_WARN, "time service",
		    "none corrects the clock, which may be wrong by %.1f s or "
		    "more; install systemd-timesyncd or chrony, or see its "
		    "log",
		    seconds);
	else
		report(d, VERDICT_OK, "time service",
		    "the clock is right to %.3f s", seconds);
	record_clock(d, seconds);
}
