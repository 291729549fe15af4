/* tenantry mail: lists, shows and retries the emails in the queue. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/operations/mail.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/mail/mail_template.h"

/* An email as JSON, without its content. */
#define MAIL_JSON                                                              \
	"json_build_object('id', id, 'createdAt', created_at, "                \
	"'template', template, 'recipient', recipient, 'language', language, " \
	"'status', status, 'attempts', attempts, 'dueAt', CASE WHEN status = " \
	"'waiting' THEN due_at END, 'endedAt', ended_at, 'error', error, "     \
	"'messageId', message_id, 'data', data)"

/* Runs a query. Times are in UTC, regardless of the server's time zone. */
static const struct pg_rows *
ask(struct invocation *in, const char *sql, int nparams,
    const char *const *params)
{
	const struct pg_rows *rows = NULL;

	if (pg_set(in->pg, "TimeZone", "UTC"))
		rows = pg_query(in->pg, sql, nparams, params);
	if (rows == NULL)
		pg_warn(in->pg, "could not read the mail");
	return rows;
}

static enum status
print_list(struct invocation *in, bool failed)
{
	static const char sql[] =
	    "SELECT " MAIL_JSON ", id, to_char(created_at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI:SS'), status, template, "
	    "recipient || coalesce('  ' || error, '') "
	    "FROM ops.mail WHERE ($1::text IS NULL OR recipient = $1) "
	    "AND (NOT $2::boolean OR status IN ('failed', 'uncertain')) "
	    "ORDER BY id";
	static const struct list_column columns[] = { { 1, 0 }, { 2, 0 },
		{ 3, -9 }, { 4, -17 }, { 5, 0 }, { 0, 0 } };
	const char *params[] = { command_value(in, OPTION_TO_ADDRESS),
		failed ? "true" : "false" };

	return operator_list(in, ask(in, sql, 2, params), columns, "no mail");
}

enum status
mail_list(struct invocation *in)
{
	return print_list(in, false);
}

enum status
mail_failed(struct invocation *in)
{
	return print_list(in, true);
}

/*
 * Returns the sender's name, in the same form as in emails from tenantry-jobs.
 */
static const char *
sender_name(struct arena *a)
{
	const char *from = getenv("TENANTRY_MAIL_FROM");
	struct mailbox box;

	if (from == NULL || *from == '\0' || !mailbox_read(a, from, &box))
		return "";
	return box.name;
}

const char *
mail_site(struct arena *a)
{
	const char *url = getenv("BETTER_AUTH_URL");

	return mail_template_site(
	    a, sender_name(a), url == NULL ? "localhost" : url);
}

const char *
mail_language(void)
{
	const char *set = getenv("TENANTRY_LANGUAGE");

	return set != NULL && strcmp(set, "fr") == 0 ? "fr" : "en";
}

/*
 * Composes the content. Sets the reason and returns false if the content cannot
 * be shown.
 */
static bool
render(struct invocation *in, const char *text,
    struct mail_message_text *message, const char **why)
{
	struct json_error error;
	struct json_object *mail =
	    json_parse(in->arena, text, strlen(text), &error);
	struct mail_draft draft = { .folder = mail_template_folder() };
	bool present;

	*why = error.what;
	if (mail == NULL)
		return false;
	draft.template = json_get_text(mail, "template");
	draft.language = json_get_text(mail, "language");
	draft.site = mail_site(in->arena);
	draft.recipient = json_get_text(mail, "recipient");
	draft.data = json_get(mail, "data", &present);
	*why = "it is erased";
	return draft.data != NULL &&
	    mail_template_render(in->arena, &draft, message, why);
}

static void
print_message(struct invocation *in, const struct pg_rows *rows)
{
	static const char *const names[] = { "Status", "Attempts", "Error",
		"To" };
	const char *value, *why;
	struct mail_message_text message;
	int i;

	for (i = 0; i < 4; i++)
		if ((value = pg_value(rows, 0, i + 1)) != NULL)
			printf("%s: %s\n", names[i],
			    terminal_text(in->arena, value));
	if (render(in, pg_value(rows, 0, 0), &message, &why))
		printf("Subject: %s\n\n%s", message.subject, message.text);
	else
		printf("\nThe content cannot be shown: %s.\n", why);
}

static void
add_text(struct json_object *into, const char *name, const char *text)
{
	json_object_object_add(
	    into, name, text == NULL ? NULL : json_object_new_string(text));
}

static void
print_message_json(struct invocation *in, const char *mail)
{
	struct json_object *whole = json_object_new_object();
	struct mail_message_text message;
	const char *why;

	json_own(in->arena, whole);
	if (!render(in, mail, &message, &why))
		message = (struct mail_message_text){ NULL, NULL, NULL };
	add_text(whole, "subject", message.subject);
	add_text(whole, "text", message.text);
	add_text(whole, "html", message.html);
	/* Appends the members to the email's object. */
	printf("%.*s, %s\n", (int)strlen(mail) - 1, mail, json_text(whole) + 1);
}

enum status
mail_show(struct invocation *in)
{
	const char *id = in->arguments[0];
	const struct pg_rows *rows;

	rows = ask(in,
	    "SELECT " MAIL_JSON ", status, attempts, error, recipient "
	    "FROM ops.mail WHERE id::text = $1",
	    1, &id);
	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 0) {
		warnx("mail \"%s\" does not exist", id);
		return STATUS_FAILED;
	}
	if (command_flag(in, OPTION_JSON))
		print_message_json(in, pg_value(rows, 0, 0));
	else
		print_message(in, rows);
	return STATUS_OK;
}

/* Queues an email that failed, or whose delivery is uncertain, for one day. */
static enum status
retry_one(struct invocation *in, const char *id)
{
	static const char again[] =
	    "SELECT ops.send_again(id) FROM ops.mail WHERE id::text = $1";
	static const char state[] =
	    "SELECT CASE WHEN data IS NULL THEN 'its content is erased' "
	    "ELSE 'it is ' || status END FROM ops.mail WHERE id::text = $1";
	const struct pg_rows *rows = pg_query(in->pg, again, 1, &id);

	if (rows != NULL && pg_nrows(rows) != 0 &&
	    strcmp(pg_value(rows, 0, 0), "t") == 0)
		return STATUS_OK;
	if (rows == NULL || (rows = pg_query(in->pg, state, 1, &id)) == NULL)
		pg_warn(in->pg, "could not retry the mail");
	else if (pg_nrows(rows) == 0)
		warnx("mail \"%s\" does not exist", id);
	else
		warnx("could not retry mail %s: %s", id, pg_value(rows, 0, 0));
	return STATUS_FAILED;
}

enum status
mail_retry(struct invocation *in)
{
	enum status status = STATUS_OK;
	int i;

	for (i = 0; i < in->narguments; i++)
		if (retry_one(in, in->arguments[i]) != STATUS_OK)
			status = STATUS_FAILED;
	return status;
}
