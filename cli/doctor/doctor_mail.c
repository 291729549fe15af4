/* The checks of tenantry doctor of the mail settings and the mail queue. */
#include <string.h>

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

static void
check_mail_server(struct doctor *d)
{
	const char *url = environment("SMTP_URL");

	if (*url == '\0') {
		report(d, VERDICT_WARN, "SMTP_URL",
		    "not set; no mail is sent, and \"tenantry mail\" shows it");
		return;
	}
	if (strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0)
		report(d, VERDICT_FAIL, "SMTP_URL",
		    "must be smtp://user:password@host:587 or smtps://...");
	else if (strstr(url, "tls=off") != NULL)
		report(d, VERDICT_WARN, "SMTP_URL",
		    "tls=off sends links and the password in the clear");
	else
		report(d, VERDICT_OK, "SMTP_URL", "set");
	check_sender(d);
}

/*
 * check_schema() reports a schema that is too old for mail, and check_queues()
 * mails that wait.
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
