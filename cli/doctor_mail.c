/* What the doctor sees of the mail: its settings, and what did not arrive. */
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"
#include "cli/pg.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? "" : value;
}

static void
check_sender(struct doctor *d)
{
	const char *from = setting("TENANTRY_MAIL_FROM");
	struct mailbox box;

	if (mailbox_read(d->arena, from, &box))
		report(d, VERDICT_OK, "TENANTRY_MAIL_FROM", "%s", from);
	else
		report(d, VERDICT_FAIL, "TENANTRY_MAIL_FROM",
		    "%s; set it to who sends, as in Acme <crm@example.org>",
		    *from == '\0' ? "not set" : "not an address");
}

static void
check_server_of_mail(struct doctor *d)
{
	const char *url = setting("SMTP_URL");

	if (*url == '\0') {
		report(d, VERDICT_WARN, "SMTP_URL",
		    "not set: no mail is sent; tenantry mail shows what "
		    "waits");
		return;
	}
	if (strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0)
		report(d, VERDICT_FAIL, "SMTP_URL",
		    "neither smtp://user:password@host:587 nor smtps://");
	else if (strstr(url, "tls=off") != NULL)
		report(d, VERDICT_WARN, "SMTP_URL",
		    "tls=off sends links and the password in the clear");
	else
		report(d, VERDICT_OK, "SMTP_URL", "set");
	check_sender(d);
}

/* Of a database whose schema is too old for mail, check_schema() tells. */
static void
check_outbox(struct doctor *d)
{
	static const char counts[] =
	    "SELECT count(*) FILTER (WHERE status IN ('failed', 'uncertain')), "
	    "count(*) FILTER (WHERE status = 'waiting' AND attempts = 0 "
	    "AND due_at < now() - interval '10 minutes') FROM ops.mail "
	    "WHERE created_at > now() - interval '7 days'";
	const struct pg_rows *rows = pg_query(
	    d->pg, "SELECT to_regclass('ops.mail') IS NOT NULL", 0, NULL);

	if (rows == NULL || strcmp(pg_value(rows, 0, 0), "t") != 0)
		return;
	if ((rows = pg_query(d->pg, counts, 0, NULL)) == NULL)
		report(d, VERDICT_FAIL, "mail", "%s", pg_reason(d->pg));
	else if (strcmp(pg_value(rows, 0, 0), "0") != 0)
		report(d, VERDICT_WARN, "mail",
		    "%s of this week did not surely arrive; tenantry mail "
		    "failed tells why",
		    pg_value(rows, 0, 0));
	else if (strcmp(pg_value(rows, 0, 1), "0") != 0 &&
	    *setting("SMTP_URL") != '\0')
		report(d, VERDICT_WARN, "mail",
		    "%s wait untried; is tenantry-jobs running?",
		    pg_value(rows, 0, 1));
	else
		report(d, VERDICT_OK, "mail", "none is stuck");
}

void
check_mail(struct doctor *d)
{
	check_server_of_mail(d);
	if (d->pg != NULL)
		check_outbox(d);
}
