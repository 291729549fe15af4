/* tenantry mail: what was sent, what was not and why, and what it says. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/pg.h"
#include "cli/terminal_text.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/mail/mail_template.h"

/* What the words of the command ask for. */
struct required_scope {
	struct arena *arena;
	struct pg *pg;
	const char *to; /* this recipient alone, or NULL */
	bool json;
	char **ids;
	int nids;
};

/* One mail as JSON; the content follows where it is shown. */
#define MAIL_JSON                                                              \
	"json_build_object('id', id, 'createdAt', created_at, "                \
	"'template', template, 'recipient', recipient, 'language', language, " \
	"'status', status, 'attempts', attempts, 'dueAt', CASE WHEN status = " \
	"'waiting' THEN due_at END, 'endedAt', ended_at, 'error', error, "     \
	"'messageId', message_id, 'data', data)"

static enum status
print_json(const struct pg_rows *rows)
{
	int i, n = pg_nrows(rows);

	puts("[");
	for (i = 0; i < n; i++)
		printf("%s%s\n", pg_value(rows, i, 0), i + 1 < n ? "," : "");
	puts("]");
	return STATUS_OK;
}

static enum status
print_table(struct required_scope *q, const struct pg_rows *rows)
{
	const char *error;
	int i, n = pg_nrows(rows);

	for (i = 0; i < n; i++) {
		error = pg_value(rows, i, 5);
		printf("%s  %s  %-9s  %-17s  %s%s%s\n", pg_value(rows, i, 0),
		    pg_value(rows, i, 1), pg_value(rows, i, 2),
		    pg_value(rows, i, 3),
		    terminal_text(q->arena, pg_value(rows, i, 4)),
		    error != NULL ? "  " : "",
		    error != NULL ? terminal_text(q->arena, error) : "");
	}
	if (n == 0)
		puts("no mail");
	return STATUS_OK;
}

static enum status
print_list(struct required_scope *q, bool failed)
{
	static const char table[] =
	    "SELECT id, to_char(created_at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI:SS'), status, template, recipient, error "
	    "FROM ops.mail WHERE ($1::text IS NULL OR recipient = $1) "
	    "AND (NOT $2::boolean OR status IN ('failed', 'uncertain')) "
	    "ORDER BY id";
	static const char json[] =
	    "SELECT " MAIL_JSON
	    " FROM ops.mail WHERE ($1::text IS NULL OR recipient = $1) "
	    "AND (NOT $2::boolean OR status IN ('failed', 'uncertain')) "
	    "ORDER BY id";
	const char *params[] = { q->to, failed ? "true" : "false" };
	const struct pg_rows *rows =
	    pg_query(q->pg, q->json ? json : table, 2, params);

	if (rows == NULL) {
		pg_warn(q->pg, "cannot read the mail");
		return STATUS_FAILED;
	}
	return q->json ? print_json(rows) : print_table(q, rows);
}

static enum status
list(struct required_scope *q)
{
	return q->nids == 0 ? print_list(q, false)
			    : command_usage(&mail_command);
}

static enum status
list_failed(struct required_scope *q)
{
	return q->nids == 0 ? print_list(q, true)
			    : command_usage(&mail_command);
}

/* Who it is from, as tenantry-jobs would say. */
static const char *
sender_name(struct arena *a)
{
	const char *from = getenv("TENANTRY_MAIL_FROM");
	struct mailbox box;

	if (from == NULL || *from == '\0' || !mailbox_read(a, from, &box))
		return "";
	return box.name;
}

/* False when there is nothing to show: erased, or why. */
static bool
render(struct required_scope *q, const char *text,
    struct mail_message_text *letter, const char **why)
{
	const char *url = getenv("BETTER_AUTH_URL");
	struct json_error error;
	struct json_object *mail =
	    json_parse(q->arena, text, strlen(text), &error);
	struct mail_draft draft = { .folder = mail_template_folder() };
	bool present;

	*why = error.what;
	if (mail == NULL)
		return false;
	draft.template = json_get_text(mail, "template");
	draft.language = json_get_text(mail, "language");
	draft.site = mail_template_site(
	    q->arena, sender_name(q->arena), url == NULL ? "localhost" : url);
	draft.data = json_get(mail, "data", &present);
	*why = "it is erased";
	return draft.data != NULL &&
	    mail_template_render(q->arena, &draft, letter, why);
}

static void
print_letter(struct required_scope *q, const struct pg_rows *rows)
{
	static const char *const names[] = { "Status", "Attempts", "Error",
		"To" };
	const char *value, *why;
	struct mail_message_text letter;
	int i;

	for (i = 0; i < 4; i++)
		if ((value = pg_value(rows, 0, i + 1)) != NULL)
			printf("%s: %s\n", names[i],
			    terminal_text(q->arena, value));
	if (render(q, pg_value(rows, 0, 0), &letter, &why))
		printf("Subject: %s\n\n%s", letter.subject, letter.text);
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
print_letter_json(struct required_scope *q, const char *mail)
{
	struct json_object *whole = json_object_new_object();
	struct mail_message_text letter;
	const char *why;

	json_own(q->arena, whole);
	if (!render(q, mail, &letter, &why))
		letter = (struct mail_message_text){ NULL, NULL, NULL };
	add_text(whole, "subject", letter.subject);
	add_text(whole, "text", letter.text);
	add_text(whole, "html", letter.html);
	/* The mail is an object too: the end of it makes room for the rest. */
	printf("%.*s, %s\n", (int)strlen(mail) - 1, mail, json_text(whole) + 1);
}

static enum status
show(struct required_scope *q)
{
	const struct pg_rows *rows;
	const char *id;

	if (q->nids != 1)
		return command_usage(&mail_command);
	id = q->ids[0];
	rows = pg_query(q->pg,
	    "SELECT " MAIL_JSON ", status, attempts, error, recipient "
	    "FROM ops.mail WHERE id::text = $1",
	    1, &id);
	if (rows == NULL) {
		pg_warn(q->pg, "cannot read the mail");
		return STATUS_FAILED;
	}
	if (pg_nrows(rows) == 0) {
		warnx("there is no mail %s", id);
		return STATUS_FAILED;
	}
	if (q->json)
		print_letter_json(q, pg_value(rows, 0, 0));
	else
		print_letter(q, rows);
	return STATUS_OK;
}

/* Another day for a mail that did not arrive, or whose outcome is unknown. */
static enum status
retry_one(struct required_scope *q, const char *id)
{
	static const char again[] =
	    "SELECT ops.send_again(id) FROM ops.mail WHERE id::text = $1";
	static const char state[] =
	    "SELECT CASE WHEN data IS NULL THEN 'its content is erased' "
	    "ELSE 'it is ' || status END FROM ops.mail WHERE id::text = $1";
	const struct pg_rows *rows = pg_query(q->pg, again, 1, &id);

	if (rows != NULL && pg_nrows(rows) != 0 &&
	    strcmp(pg_value(rows, 0, 0), "t") == 0)
		return STATUS_OK;
	if (rows == NULL || (rows = pg_query(q->pg, state, 1, &id)) == NULL)
		pg_warn(q->pg, "cannot send the mail again");
	else if (pg_nrows(rows) == 0)
		warnx("there is no mail %s", id);
	else
		warnx("mail %s cannot be sent again: %s", id,
		    pg_value(rows, 0, 0));
	return STATUS_FAILED;
}

static enum status
retry(struct required_scope *q)
{
	enum status status = STATUS_OK;
	int i;

	if (q->nids == 0 || q->json)
		return command_usage(&mail_command);
	for (i = 0; i < q->nids; i++)
		if (retry_one(q, q->ids[i]) != STATUS_OK)
			status = STATUS_FAILED;
	return status;
}

static const struct {
	const char *name;
	enum status (*run)(struct required_scope *);
} actions[] = {
	{ "list", list },
	{ "failed", list_failed },
	{ "show", show },
	{ "retry", retry },
};

/* Takes the options out; what is left are ids. */
static bool
read_words(struct required_scope *q, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			q->json = true;
		else if (strcmp(argv[i], "--to") == 0 && i + 1 < argc)
			q->to = argv[++i];
		else if (argv[i][0] == '-')
			return false;
		else
			q->ids[q->nids++] = argv[i];
	return true;
}

static enum status
mail(struct arena *a, int argc, char **argv)
{
	struct required_scope q = { .arena = a };
	size_t i = 0;
	int skip = 1;

	if (argc > 1 && argv[1][0] != '-') {
		skip = 2;
		while (i < sizeof actions / sizeof actions[0] &&
		    strcmp(actions[i].name, argv[1]) != 0)
			i++;
	}
	q.ids = arena_array(a, (size_t)argc, sizeof *q.ids);
	if (i == sizeof actions / sizeof actions[0] ||
	    !read_words(&q, argc - skip, argv + skip))
		return command_usage(&mail_command);
	if ((q.pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	if (!pg_set(q.pg, "TimeZone", "UTC")) {
		pg_warn(q.pg, "cannot read the mail");
		return STATUS_FAILED;
	}
	return actions[i].run(&q);
}

const struct command mail_command = {
	.name = "mail",
	.synopsis = "[list | failed] [--to ADDRESS] [--json]\n"
		    "show ID [--json]\n"
		    "retry ID ...",
	.about = "show mail that was or was not sent, and send it again",
	.run = mail,
};
