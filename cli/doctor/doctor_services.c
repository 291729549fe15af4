/* The tenantry doctor checks of the services on this machine. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "lib/base/arena.h"
#include "lib/feed/feed_event.h"
#include "lib/feed/feed_socket.h"
#include "lib/net/http_client.h"

#define CONNECT_MS   5000
#define WAIT_MS      10000
#define SILENCE      150 /* seconds; tenantry-jobs records a run each minute */
#define FEED_SILENCE 60  /* seconds; the feed is probed every 15 seconds */

/* The sockets that the units in systemd/ create. */
static const char *const sockets[][2] = {
	{ "TENANTRY_SOCKET", "/run/tenantry/api.sock" },
	{ "TENANTRY_LOGIN_SOCKET", "/run/tenantry/login.sock" },
	{ "TENANTRY_SLOW_SOCKET", "/run/tenantry/slow.sock" },
};

bool
systemd_starts_workers(void)
{
	return access("/run/systemd/system", F_OK) == 0 &&
	    system("systemctl is-enabled --quiet tenantry.service "
		   ">/dev/null 2>&1") == 0;
}

bool
assume_sockets(void)
{
	bool ok = true;
	size_t i;

	if (*environment("TENANTRY_SOCKET") != '\0' ||
	    !systemd_starts_workers())
		return true;
	for (i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
		ok = setenv(sockets[i][0], sockets[i][1], 1) == 0 && ok;
	return ok;
}

/*
 * Returns true if the workers' socket is known. The workers, nginx,
 * tenantry-jobs and the feed then run on this machine.
 */
static bool
runs_here(void)
{
	return *environment("TENANTRY_SOCKET") != '\0';
}

/*
 * Sends a request as a user's request would go: through nginx, a worker and the
 * database. Behind a router, this machine may be unable to reach its public
 * address.
 */
static void
check_site(struct doctor *d)
{
	const char *url =
	    arena_printf(d->arena, "%s/ready", environment("BETTER_AUTH_URL"));
	struct http_request t = { .who = "doctor",
		.url = url,
		.protocols = "http,https",
		.reach = HTTP_ANY,
		.connect_ms = CONNECT_MS,
		.ms = WAIT_MS,
		.most = 4096,
		.cut = true,
		.unverified = true };
	struct http_reply reply = { 0 };

	bool ok = http_client_send(d->arena, NULL, &t, &reply);

	if (!ok) {
		t.here = true;
		ok = http_client_send(d->arena, NULL, &t, &reply);
	}
	if (!ok)
		report(d, VERDICT_FAIL, "site",
		    "%s does not answer: %s; are nginx and tenantry running?",
		    url, reply.error);
	else if (reply.status != 200)
		report(d, VERDICT_FAIL, "site",
		    "%s answers %ld; see the logs of nginx and tenantry", url,
		    reply.status);
	else
		report(d, VERDICT_OK, "site", "%s answers, in %ld ms", url,
		    reply.ms);
}

static void
check_jobs(struct doctor *d)
{
	const struct pg_rows *rows = pg_query(d->pg,
	    "SELECT floor(extract(epoch FROM clock_timestamp() - "
	    "max(t.ended_at))) FROM ops.periodic_task t",
	    0, NULL);
	const char *age;

	if (rows == NULL)
		report(d, VERDICT_FAIL, "jobs", "%s", pg_reason(d->pg));
	else if ((age = pg_value(rows, 0, 0)) == NULL)
		report(d, VERDICT_FAIL, "jobs",
		    "tenantry-jobs has never run: mail, imports, webhooks and "
		    "reminders wait");
	else if (strtol(age, NULL, 10) > SILENCE)
		report(d, VERDICT_FAIL, "jobs",
		    "tenantry-jobs has run nothing for %s s: mail, imports, "
		    "webhooks and reminders wait; is it running?",
		    age);
	else
		report(d, VERDICT_OK, "jobs",
		    "tenantry-jobs ran something %s s ago", age);
}

/* Checks where hosts store files, and how many connections they use. */
void
check_hosts(struct doctor *d)
{
	const struct pg_rows *rows = pg_query(d->pg,
	    "SELECT v.name, CASE WHEN v.name = 'connection budget' AND $1 "
	    "THEN 'ok' ELSE v.verdict END, v.said FROM ops.host_verdicts() v",
	    1, (const char *[]){ pg_pooled(d->pg) ? "t" : "f" });

	if (rows == NULL)
		report(d, VERDICT_FAIL, "hosts", "%s", pg_reason(d->pg));
	else
		report_rows(d, rows);
}

/*
 * Reports a feed whose events do not reach its readers. Returns false if there
 * is no such feed.
 */
static bool
report_feed_host(struct doctor *d, const struct pg_rows *rows, int i)
{
	const char *host = pg_value(rows, i, 0);

	if (strtol(pg_value(rows, i, 1), NULL, 10) > FEED_SILENCE)
		report(d, VERDICT_WARN, "feed hosts",
		    "%s has published nothing for %s s; start tenantry and "
		    "tenantry-jobs there. A host that was removed is forgotten "
		    "after ten minutes",
		    host, pg_value(rows, i, 1));
	else if (strtol(pg_value(rows, i, 2), NULL, 10) > FEED_SILENCE)
		report(d, VERDICT_FAIL, "feed hosts",
		    "no event has reached readers on %s for %s s; is the "
		    "change feed's nginx running there?",
		    host, pg_value(rows, i, 2));
	else
		return false;
	return true;
}

/*
 * Checks the feed on each host. A host publishes to its readers, and records
 * that events arrive.
 */
void
check_feed_hosts(struct doctor *d)
{
	static const char sql[] =
	    "SELECT h.host, greatest(0, floor(extract(epoch FROM "
	    "clock_timestamp() - h.published_at))), floor(extract(epoch FROM "
	    "clock_timestamp() - h.reached_at)) FROM ops.feed_hosts() h";
	const struct pg_rows *rows = pg_query(d->pg, sql, 0, NULL);
	int i, n = 0;

	if (rows == NULL) {
		report(d, VERDICT_FAIL, "feed hosts", "%s", pg_reason(d->pg));
		return;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		n += report_feed_host(d, rows, i);
	if (n == 0)
		report(d, VERDICT_OK, "feed hosts",
		    "events reach the readers of %d", pg_nrows(rows));
}

/* Checks for a publisher. Without a publisher, clients poll. */
static void
check_feed_publisher(struct doctor *d)
{
	const char *path = environment("TENANTRY_FEED_SOCKET");
	const char *server = feed_socket_server(d->arena, path);
	const struct pg_rows *rows = server == NULL
	    ? NULL
	    : pg_query(d->pg,
		  "SELECT FROM ops.feed_server s WHERE s.id = $1 AND "
		  "s.held_until > clock_timestamp() - interval '10 seconds'",
		  1, &server);

	if (rows == NULL || pg_nrows(rows) > 0)
		return; /* a missing socket is the finding of another check */
	report(d, VERDICT_FAIL, "feed hosts",
	    "nothing publishes to %s; do tenantry and tenantry-jobs have the "
	    "same TENANTRY_FEED_SOCKET?",
	    path);
}

/*
 * Publishes an event on a separate channel, and reads the event as clients do.
 */
static void
check_feed_event(struct doctor *d)
{
	const char *name = arena_printf(d->arena, "doctor-%ld", (long)getpid());
	struct feed_event event = { .text = name };
	struct http_request t = { .who = "doctor",
		.url = arena_printf(
		    d->arena, "http://localhost/tenantry-feed?%s", name),
		.protocols = "http",
		.socket = environment("TENANTRY_FEED_SOCKET"),
		.reach = HTTP_LOOPBACK,
		.connect_ms = CONNECT_MS,
		.ms = WAIT_MS,
		.most = 4096,
		.body = name,
		.body_len = strlen(name) };
	const char *const headers[] = { arena_printf(
					    d->arena, "Feed-Org: %s", name),
		"Feed-Reader: doctor", NULL };
	struct http_reply reply = { 0 };

	if (!http_client_send(d->arena, NULL, &t, &reply) ||
	    reply.status / 100 != 2) {
		report(d, VERDICT_FAIL, "feed event",
		    "cannot be published: %s; is the change feed's nginx "
		    "running?",
		    reply.error != NULL ? reply.error : "it was refused");
		return;
	}
	t.url = "http://localhost/listen";
	t.body = NULL;
	t.body_len = 0;
	t.headers = headers;
	t.take = feed_event_take;
	t.to = &event;
	reply = (struct http_reply){ 0 };
	http_client_send(d->arena, NULL, &t, &reply);
	if (event.arrived)
		report(d, VERDICT_OK, "feed event", "published and received");
	else
		report(d, VERDICT_FAIL, "feed event",
		    "published and not received: %s",
		    reply.error != NULL ? reply.error : "the stream ended");
}

void
check_services(struct doctor *d)
{
	if (!runs_here()) {
		report(d, VERDICT_OK, "services",
		    "none should run on this machine: TENANTRY_SOCKET is not "
		    "set, and systemd does not start tenantry.service");
		return;
	}
	check_site(d);
	if (d->pg != NULL)
		check_jobs(d);
	if (*environment("TENANTRY_FEED_SOCKET") == '\0')
		return;
	check_feed_event(d);
	if (d->pg != NULL)
		check_feed_publisher(d);
}
