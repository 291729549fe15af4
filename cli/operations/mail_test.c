/*
 * tenantry mail test: sends an email through tenantry-jobs and its mail server,
 * and reports the result.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/operations/mail.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"

#define PATIENCE 90 /* seconds; an attempt may take TENANTRY_MAIL_TIMEOUT */

/*
 * Returns the state after an attempt, or after the timeout. Returns NULL on an
 * error.
 */
static const struct pg_rows *
wait_for_attempt(struct invocation *in, const char *id)
{
	static const char sql[] =
	    "SELECT m.status, m.attempts, m.error, round(extract(epoch FROM "
	    "now() - m.created_at)) FROM ops.mail m WHERE m.id = $1::bigint";
	const struct timespec pause = { .tv_nsec = 500000000 };
	const struct pg_rows *rows = NULL;
	time_t end = time(NULL) + PATIENCE;

	do {
		nanosleep(&pause, NULL);
		rows = pg_ask(in->pg, "could not read the mail", sql, 1, &id);
	} while (rows != NULL && time(NULL) < end &&
	    (strcmp(pg_value(rows, 0, 0), "sending") == 0 ||
		(strcmp(pg_value(rows, 0, 0), "waiting") == 0 &&
		    pg_value(rows, 0, 2) == NULL)));
	return rows;
}

static enum status
say_outcome(
    struct invocation *in, const struct pg_rows *rows, const char *address)
{
	const char *error = pg_value(rows, 0, 2);

	if (strcmp(pg_value(rows, 0, 0), "sent") == 0) {
		printf("the mail server accepted a mail to %s, after %s s\n",
		    address, pg_value(rows, 0, 3));
		return STATUS_OK;
	}
	if (error != NULL)
		warnx("the mail to %s was not accepted: %s", address,
		    terminal_text(in->arena, error));
	else if (strcmp(pg_value(rows, 0, 1), "0") == 0)
		warnx("nobody has tried to send it for %d s; is tenantry-jobs "
		      "running, with the same SMTP_URL?",
		    PATIENCE);
	else
		warnx("the mail server has not answered for %d s", PATIENCE);
	return STATUS_FAILED;
}

enum status
mail_test(struct invocation *in)
{
	const char *url = getenv("SMTP_URL");
	const char *params[] = { in->arguments[0], mail_language() };
	const struct pg_rows *rows;

	if (!address_valid(params[0]))
		return command_misused(
		    in, "invalid address: \"%s\"", params[0]);
	if (url == NULL || *url == '\0') {
		warnx("SMTP_URL is not set, so no mail is sent");
		return STATUS_FAILED;
	}
	/*
	 * The email expires soon, because a late delivery would confuse the
	 * recipient.
	 */
	rows = pg_ask(in->pg, "could not queue the mail",
	    "SELECT ops.queue_mail('mail-test', $1, $2, '{}', now() + interval "
	    "'10 minutes')",
	    2, params);
	if (rows == NULL ||
	    (rows = wait_for_attempt(in, pg_value(rows, 0, 0))) == NULL)
		return STATUS_FAILED;
	return say_outcome(in, rows, params[0]);
}
