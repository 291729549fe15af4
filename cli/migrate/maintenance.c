/* tenantry maintenance: announces, moves, cancels and ends planned maintenance. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/status_page.h"
#include "cli/operations/mail.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/mail/mail_template.h"

/* The columns of a maintenance window. */
enum {
	WINDOW_ID,
	WINDOW_STATE,
	WINDOW_TIMES,
	WINDOW_MESSAGE,
	WINDOW_JOURNEY,
	WINDOW_STARTS_AT,
	WINDOW_ENDS_AT,
};

/*
 * Reads the window that a function returns. The result has no row if there is
 * no window.
 */
#define WINDOW(function)                                                       \
	"SELECT m.id, ops.maintenance_state(m), ops.maintenance_times(m), "    \
	"m.message, m.journey, extract(epoch FROM m.starts_at)::bigint, "      \
	"extract(epoch FROM m.ends_at)::bigint FROM ops." function " m "       \
	"WHERE m.id IS NOT NULL"

/* Prints the window, and shows it on the status page. */
static enum status
publish(struct invocation *in, const struct pg_rows *rows)
{
	const char *journey = pg_value(rows, 0, WINDOW_JOURNEY);
	const struct status_page page = {
		.title = journey != NULL
		    ? arena_printf(in->arena, "Data migration: %s", journey)
		    : "Planned maintenance",
		.state = pg_value(rows, 0, WINDOW_STATE),
		.eta = -1,
		.starts = strtol(pg_value(rows, 0, WINDOW_STARTS_AT), NULL, 10),
		.ends = strtol(pg_value(rows, 0, WINDOW_ENDS_AT), NULL, 10),
		.updated = time(NULL),
		.message = pg_value(rows, 0, WINDOW_MESSAGE),
	};

	printf("maintenance %s: %s, %s\n", pg_value(rows, 0, WINDOW_ID),
	    page.state, pg_value(rows, 0, WINDOW_TIMES));
	return status_page_write(in->arena, status_page_folder(), &page)
	    ? STATUS_OK
	    : STATUS_FAILED;
}

/*
 * Runs a statement that changes the window. It is not an error if there is
 * nothing to change.
 */
static enum status
change(struct invocation *in, const char *sql, const char *none)
{
	const struct pg_rows *rows =
	    operator_ask(in, sql, in->narguments, in->arguments);

	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) > 0)
		return publish(in, rows);
	puts(none);
	return STATUS_OK;
}

/* Adds a line to a checklist: the English text, a tab and the French text. */
static bool
add_item(struct invocation *in, const char *window, char *line)
{
	char *french = strchr(line, '\t');
	const char *params[] = { window, line, french };

	if (*line == '\0')
		return true;
	if (french != NULL) {
		*french = '\0';
		params[2] = french + 1;
	}
	return operator_ask(in, "SELECT ops.add_checklist_item($1, $2, $3)", 3,
		   params) != NULL;
}

static bool
add_items(struct invocation *in, const char *window, const char *text)
{
	char *line = arena_strdup(in->arena, text), *next;

	for (; line != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (!add_item(in, window, line))
			return false;
	}
	return true;
}

enum status
maintenance_schedule(struct invocation *in)
{
	static const char sql[] = WINDOW("schedule_maintenance($1, $2, $3)");
	const char *path = command_value(in, OPTION_CHECKLIST);
	const char *items = "";
	const struct pg_rows *rows;

	if (path != NULL && (items = script_read(in->arena, path)) == NULL)
		return STATUS_FAILED;
	if (!pg_run(in->pg, "BEGIN")) {
		pg_warn(in->pg, "could not begin a transaction");
		return STATUS_FAILED;
	}
	rows = operator_ask(in, sql, in->narguments, in->arguments);
	if (rows == NULL || !add_items(in, pg_value(rows, 0, WINDOW_ID), items))
		return STATUS_FAILED;
	if (!pg_run(in->pg, "COMMIT")) {
		pg_warn(in->pg, "could not schedule the maintenance");
		return STATUS_FAILED;
	}
	return publish(in, rows);
}

enum status
maintenance_reschedule(struct invocation *in)
{
	return change(in, WINDOW("reschedule_maintenance($1, $2)"), "");
}

enum status
maintenance_cancel(struct invocation *in)
{
	return change(
	    in, WINDOW("cancel_maintenance()"), "no maintenance is planned");
}

enum status
maintenance_done(struct invocation *in)
{
	return change(
	    in, WINDOW("finish_maintenance()"), "no maintenance has begun");
}

enum status
maintenance_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('id', m.id, 'state', "
	    "ops.maintenance_state(m), 'starts_at', m.starts_at, 'ends_at', "
	    "m.ends_at, 'message', m.message, 'journey', m.journey, 'mails', "
	    "l.n), m.id, ops.maintenance_state(m), ops.maintenance_times(m), "
	    "l.n || ' mails', m.message FROM ops.maintenance m "
	    "CROSS JOIN LATERAL (SELECT count(*) AS n FROM "
	    "ops.maintenance_mail x WHERE x.maintenance_id = m.id) l "
	    "ORDER BY m.id DESC";
	static const struct list_column columns[] = { { 1, 4 }, { 2, -9 },
		{ 3, 0 }, { 4, 10 }, { 5, 0 }, { 0, 0 } };

	return operator_list(
	    in, operator_ask(in, sql, 0, NULL), columns, "no maintenance");
}

/* Prints when each email is due, and how many users will receive it. */
static bool
print_moments(struct invocation *in)
{
	static const char sql[] =
	    "SELECT v.name, to_char((m.starts_at - v.before) AT TIME ZONE "
	    "'UTC', 'YYYY-MM-DD HH24:MI'), (SELECT count(*) FROM "
	    "ops.maintenance_recipients()) FROM ops.current_maintenance() m, "
	    "(VALUES ('24 hours', interval '24 hours'), ('2 hours', interval "
	    "'2 hours'), ('30 minutes', interval '30 minutes')) "
	    "v (name, before)";
	const struct pg_rows *rows = operator_ask(in, sql, 0, NULL);
	int i;

	if (rows == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%-10s before  %s UTC  %s users\n", pg_value(rows, i, 0),
		    pg_value(rows, i, 1), pg_value(rows, i, 2));
	return true;
}

/*
 * Lists the users who receive no email and see the announcement only on the
 * pages.
 */
static bool
print_not_notified(struct invocation *in)
{
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT email FROM ops.maintenance_not_notified() ORDER BY email",
	    0, NULL);
	int i;

	if (rows == NULL)
		return false;
	if (pg_nrows(rows) > 0)
		puts("\nNot notified, since the address is not verified:");
	for (i = 0; i < pg_nrows(rows); i++)
		printf(
		    "  %s\n", terminal_text(in->arena, pg_value(rows, i, 0)));
	return true;
}

/* Prints an email as users in organizations without a time zone see it. */
static bool
print_mail(struct invocation *in, const char *template, const char *data)
{
	struct json_error error;
	struct mail_message_text message;
	const char *why = "its content is not JSON";
	const struct mail_draft draft = {
		.folder = mail_template_folder(),
		.template = template,
		.language = mail_language(),
		.site = mail_site(in->arena),
		.recipient = "user@example.org",
		.data = json_parse(in->arena, data, strlen(data), &error),
	};

	if (draft.data == NULL ||
	    !mail_template_render(in->arena, &draft, &message, &why)) {
		warnx("could not write the mail %s: %s", template, why);
		return false;
	}
	printf("\n[%s]\nSubject: %s\n\n%s", template,
	    terminal_text(in->arena, message.subject), message.text);
	return true;
}

enum status
maintenance_preview(struct invocation *in)
{
	static const char sql[] =
	    "SELECT ops.maintenance_mail_data(m, 'UTC', $1 || '/status/') "
	    "FROM ops.current_maintenance() m WHERE m.id IS NOT NULL";
	static const char *const templates[] = { "maintenance",
		"maintenance-changed", "maintenance-cancelled" };
	const char *url = getenv("BETTER_AUTH_URL");
	const struct pg_rows *rows;
	size_t i;

	if (url == NULL || *url == '\0') {
		warnx("BETTER_AUTH_URL must be the public address, such as "
		      "https://crm.example.org");
		return STATUS_USAGE;
	}
	if ((rows = operator_ask(in, sql, 1, &url)) == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 0) {
		warnx("no maintenance is planned");
		return STATUS_FAILED;
	}
	if (!print_moments(in) || !print_not_notified(in))
		return STATUS_FAILED;
	for (i = 0; i < sizeof templates / sizeof templates[0]; i++)
		if (!print_mail(in, templates[i], pg_value(rows, 0, 0)))
			return STATUS_FAILED;
	return STATUS_OK;
}
