/*
 * Reads the rows in a received email: the rows in its attachments, or the email
 * itself as a row.
 */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/integrations/integration_source.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/storage/store.h"
#include "schema/ops/integration.h"

static bool
put_row(struct arena *a, const char *row, struct integration_page *page)
{
	page->rows = arena_array(a, 1, sizeof *page->rows);
	page->rows[0] = row;
	page->nrows = 1;
	return true;
}

/* Returns the setting that is missing for receiving email, or NULL. */
static const char *
missing_setting(const struct config *c)
{
	return *c->inbound_email == '\0'    ? "TENANTRY_INBOUND_EMAIL"
	    : *c->webhook_user == '\0'      ? "POSTMARK_WEBHOOK_USER"
	    : *c->webhook_password == '\0'  ? "POSTMARK_WEBHOOK_PASSWORD"
	    : *c->webhook_addresses == '\0' ? "POSTMARK_WEBHOOK_AUTHORIZED_IPS"
					    : NULL;
}

/* Reads the mailbox's address as a row, to test a connection. */
static bool
read_address(
    struct integration *in, struct arena *a, struct integration_page *page)
{
	const char *ours = in->config->inbound_email, *address;
	const char *mailbox = integration_setting(in, "mailbox", NULL);
	const char *missing = missing_setting(in->config);
	size_t local = strcspn(ours, "@");
	struct buf b;

	if (missing != NULL)
		return integration_fail(in, true,
		    arena_printf(in->arena,
			"the server receives no mail: its operator has not set "
			"%s",
			missing));
	if (mailbox == NULL)
		return integration_fail(
		    in, true, "the setting mailbox is required");
	address = arena_printf(in->arena, "%.*s+%s+%s%s", (int)local, ours,
	    in->organization, mailbox, ours + local);
	if (!address_valid(address))
		return integration_fail(in, true,
		    arena_printf(in->arena,
			"%s is not an email address: before the @, it may have "
			"at most 64 ASCII characters, so the organization "
			"needs another "
			"slug",
			address));
	buf_init(&b, a);
	buf_puts(&b, "{\"address\":");
	buf_json(&b, address);
	buf_puts(&b, "}");
	return put_row(a, b.data, page);
}

static bool
read_mail(
    struct integration *in, struct arena *a, struct integration_page *page)
{
	const char *pattern = integration_setting(in, "attachment", NULL);
	struct json_object *mail;
	bool present;

	mail = json_get(in->payload, "mail", &present);
	if (!json_object_is_type(mail, json_type_object))
		return integration_fail(
		    in, true, "the job has no mail: mails create these jobs");
	if (pattern != NULL)
		return integration_fail(in, true,
		    arena_printf(in->arena,
			"no attachment of the mail has a name like %s",
			pattern));
	return put_row(a, json_text(mail), page);
}

/*
 * Opens a file to which the job refers, if the file belongs to the job's
 * organization.
 */
static bool
open_file(struct integration *in, const char *title, const char *name,
    struct spool *file)
{
	struct db_step step = ops_integration_file(
	    in->w->arena, .ticket = in->ticket, .file = name);

	if (!periodic_tasks_query(in->w, &step))
		return integration_fail(
		    in, false, "the database has not responded");
	if (db_rows(&step) == 0)
		return integration_fail(in, true,
		    arena_printf(in->arena,
			"%s: the organization has no such file", title));
	if (strtoll(db_text(&step, 0, INTEGRATION_FILE_SIZE), NULL, 10) >
	    INTEGRATION_MOST)
		return integration_fail(in, true,
		    arena_printf(
			in->arena, "%s: the file has more than 16 MiB", title));
	return store_open(in->config, in->arena,
		   db_text(&step, 0, INTEGRATION_FILE_PLACE), name, file) ||
	    integration_fail(in, false,
		arena_printf(in->arena, "%s: the file cannot be read", title));
}

static bool
read_json(struct integration *in, struct arena *a, const char *title,
    const struct spool *file, struct integration_page *page)
{
	size_t len = (size_t)file->len, n = 0, mark;
	char *text = arena_alloc(a, len + 1);
	ssize_t got = 1;

	while (n < len && got > 0) {
		got = spool_read(file, (off_t)n, text + n, len - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (n < len)
		return integration_fail(in, false,
		    arena_printf(
			in->arena, "%s: the file cannot be read", title));
	text[len] = '\0';
	mark = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	return integration_json(in, a, title, text + mark, len - mark, page) !=
	    NULL;
}

static bool
is_json(const char *title, const char *type)
{
	size_t len = strlen(title);

	return strcmp(type, "application/json") == 0 ||
	    (len >= 5 && strcasecmp(title + len - 5, ".json") == 0);
}

/* Adds the file's name to the reason for a failure. */
static bool
name_file(struct integration *in, const char *title)
{
	return integration_fail(in, in->final,
	    strncmp(in->error, title, strlen(title)) == 0
		? in->error
		: arena_printf(in->arena, "%s: %s", title, in->error));
}

static bool
read_file(struct integration *in, struct arena *a, struct json_object *about,
    struct integration_page *page)
{
	const char *name = json_get_text(about, "path");
	const char *title = json_get_text(about, "title");
	const char *type = json_get_text(about, "type");
	struct spool file;

	if (name == NULL || !store_name_valid(name))
		return integration_fail(in, true,
		    "an entry of files has no path of an uploaded file");
	if (title == NULL || *title == '\0')
		title = name;
	if (!open_file(in, title, name, &file))
		return false;
	if (is_json(title, type != NULL ? type : "")
		? read_json(in, a, title, &file, page)
		: integration_csv_file(in, a, &file, page))
		return true;
	return name_file(in, title);
}

/* Reads a page. Each file is a page. */
bool
integration_mail(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	unsigned long i = strtoul(name, NULL, 10);
	struct json_object *files;
	bool present;
	size_t n;

	if (in->test)
		return read_address(in, a, page);
	files = json_get(in->payload, "files", &present);
	n = json_object_is_type(files, json_type_array)
	    ? json_object_array_length(files)
	    : 0;
	if (n == 0)
		return read_mail(in, a, page);
	if (i >= n)
		return integration_fail(in, true, "the job has no such file");
	if (i + 1 < n)
		page->next = arena_printf(in->arena, "%lu", i + 1);
	return read_file(in, a, json_object_array_get_idx(files, i), page);
}
