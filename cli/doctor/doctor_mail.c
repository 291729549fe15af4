/* The tenantry doctor checks of the email settings and the mail queue. */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"

static void
check_sender(struct doctor *d)
{
	const char *from = environment("TENANTRY_MAIL_FROM");
	struct mailbox box;

	if (mailbox_read(d->arena, from, &box))
		report(d, VERDICT_OK, "TENANTRY_MAIL_FROM", "%s", from);
	else
		report(d, VERDICT_FAIL, "TENANTRY_MAIL_FROM",
		    "%s; set it to the sender, such as Acme <crm@example.org>",
		    *from == '\0' ? "not set" : "not an address");
}

#define PATIENCE 5 /* seconds per step */

/* The host and port in SMTP_URL, with implicit TLS or STARTTLS. */
struct place {
	char *host;
	const char *port;
	bool implicit;
};

static struct place
read_place(struct arena *a, const char *url)
{
	struct place p = { .implicit = strncmp(url, "smtps:", 6) == 0 };
	char *text, *at, *colon;

	url = strstr(url, "://") + 3;
	text = arena_strndup(a, url, strcspn(url, "/?"));
	at = strrchr(text, '@');
	p.host = at == NULL ? text : at + 1;
	colon = strrchr(p.host, ':');
	p.port = p.implicit ? "465" : "587";
	if (colon != NULL && strchr(colon, ']') == NULL) {
		*colon = '\0';
		p.port = colon + 1;
	}
	if (*p.host == '[') {
		p.host++;
		p.host[strcspn(p.host, "]")] = '\0';
	}
	return p;
}

/*
 * Connects, and waits for the greeting. On an error, returns false and sets
 * errno.
 */
static bool
greets(const struct addrinfo *ai, bool implicit)
{
	const struct timeval wait = { .tv_sec = PATIENCE };
	char reply[3];
	int fd, reason;
	bool ok;

	if ((fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return false;
	ok = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(fd, ai->ai_addr, ai->ai_addrlen) == 0;
	if (ok && !implicit) {
		errno = EPROTO;
		ok = recv(fd, reply, sizeof reply, MSG_WAITALL) ==
			(ssize_t)sizeof reply &&
		    memcmp(reply, "220", sizeof reply) == 0;
	}
	reason = errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
	close(fd);
	errno = reason;
	return ok;
}

/*
 * Tries to connect to the mail server. Only an email would test the rest:
 * "tenantry mail test".
 */
static void
try_mail_server(struct doctor *d, const char *url)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct place p = read_place(d->arena, url);
	struct addrinfo *all = NULL, *ai;
	int failed = getaddrinfo(p.host, p.port, &hints, &all);
	const char *why = failed == 0 ? "" : gai_strerror(failed);
	bool ok = false;

	for (ai = all; ai != NULL && !ok; ai = ai->ai_next)
		if (!(ok = greets(ai, p.implicit)))
			why = strerror(errno);
	if (all != NULL)
		freeaddrinfo(all);
	if (ok)
		report(d, VERDICT_OK, "mail server", "%s answers", p.host);
	else
		report(d, VERDICT_WARN, "mail server",
		    "%s does not answer at port %s: %s; mail waits", p.host,
		    p.port, why);
}

static void
check_mail_server(struct doctor *d)
{
	const char *url = environment("SMTP_URL");

	if (*url == '\0') {
		report(d, VERDICT_WARN, "SMTP_URL",
		    "not set; no mail is sent, and \"tenantry mail\" shows it");
		return;
	}
	if (strncmp(url, "smtp://", 7) != 0 &&
	    strncmp(url, "smtps://", 8) != 0) {
		report(d, VERDICT_FAIL, "SMTP_URL",
		    "must be smtp://user:password@host:587 or smtps://...");
		check_sender(d);
		return;
	}
	if (strstr(url, "tls=off") != NULL)
		report(d, VERDICT_WARN, "SMTP_URL",
		    "tls=off sends links and the password in the clear");
	else
		report(d, VERDICT_OK, "SMTP_URL", "set");
	try_mail_server(d, url);
	check_sender(d);
}

/*
 * Checks the mail queue. check_schema() reports a schema that is too old for
 * email, and check_queues() reports waiting emails.
 */
static void
check_mail_queue(struct doctor *d)
{
	static const char counts[] =
	    "SELECT count(*) FROM ops.mail WHERE status IN ('failed', "
	    "'uncertain') AND created_at > now() - interval '7 days'";
	const struct pg_rows *rows = pg_query(
	    d->pg, "SELECT to_regclass('ops.mail') IS NOT NULL", 0, NULL);

	if (rows == NULL || strcmp(pg_value(rows, 0, 0), "t") != 0)
		return;
	if ((rows = pg_query(d->pg, counts, 0, NULL)) == NULL)
		report(d, VERDICT_FAIL, "mail", "%s", pg_reason(d->pg));
	else if (strcmp(pg_value(rows, 0, 0), "0") != 0)
		report(d, VERDICT_WARN, "mail",
		    "failed or uncertain in the last week: %s; see \"tenantry "
		    "mail failed\"",
		    pg_value(rows, 0, 0));
	else
		report(d, VERDICT_OK, "mail", "no failed messages");
}

void
check_mail(struct doctor *d)
{
	check_mail_server(d);
	if (d->pg != NULL)
		check_mail_queue(d);
}
