/*
 * Files that a step fetches: from a server or a folder into the storage of
 * uploads.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
#include "cli/pg.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/spool.h"
#include "lib/base/url.h"
#include "lib/crypto/token.h"
#include "lib/net/http_client.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"

#define CONNECT_MS 10000
#define QUIET_S    30      /* without a byte */
#define FILE_MS    1200000 /* of a whole file */
#define TRIES      3
#define PAUSE_S    1 /* before another try */

/* A row of the section "fetch". */
struct file {
	const char *key, *address, *title, *type, *size, *org;
	const char *name;  /* under which it is stored */
	const char *place; /* "local" or "s3" */
	struct spool content;
	long long len; /* of the content, or as the source has it */
};

/* What a download has so far. */
struct download {
	FILE *to;
	bool failed; /* to write */
};

bool
fetch_open(struct migration *m, const struct journey_file *step)
{
	if (step->sections[SECTION_FETCH] == NULL ||
	    pg_run(m->target,
		"CREATE TEMPORARY TABLE fetched (key text, name text, type "
		"text, title text, size bigint, place text) ON COMMIT DELETE "
		"ROWS;"
		"CREATE TEMPORARY TABLE missing (key text, reason text)"
		" ON COMMIT DELETE ROWS"))
		return true;
	pg_warn(m->target, step->path);
	return false;
}

/* The settings of workers, which say where files are. */
static bool
load_settings(struct migration *m)
{
	struct config *settings;

	if (m->files != NULL)
		return true;
	settings = arena_alloc(m->arena, sizeof *settings);
	if (!config_load(settings, m->arena)) {
		warnx("files are stored as workers store them, so their "
		      "settings are needed");
		return false;
	}
	m->files = settings;
	return true;
}

/* --- The bytes */

static bool
take_bytes(void *data, long status, const char *bytes, size_t len)
{
	struct download *d = data;

	if (status == 200 && fwrite(bytes, 1, len, d->to) != len)
		d->failed = true;
	return !d->failed;
}

/*
 * The plan has the host, and only the path comes from the data of the source, so
 * private addresses are allowed: the storage of a self-hosted project has one.
 */
static const char *
download_once(struct migration *m, struct arena *a, struct file *f, bool *again)
{
	struct download d = { .to = spool_temporary(a) };
	const struct http_request request = { .who = "migrate",
		.url = f->address,
		.protocols = "http,https",
		.reach = HTTP_ANY,
		.connect_ms = CONNECT_MS,
		.ms = FILE_MS,
		.quiet_s = QUIET_S,
		.most = m->rehearsal ? SNIFF_LEN : (size_t)m->files->upload_max,
		.cut = m->rehearsal,
		.take = take_bytes,
		.to = &d };
	struct http_reply reply = { 0 };
	bool complete;

	*again = false;
	if (d.to == NULL)
		return "there is no space for a temporary file";
	complete = http_client_send(a, NULL, &request, &reply);
	if (d.failed || ferror(d.to))
		return "there is no space for a temporary file";
	if (reply.too_much)
		return arena_printf(
		    a, "it has more than %ld bytes", m->files->upload_max);
	*again = !complete || reply.status >= 500 || reply.status == 429;
	if (!complete)
		return arena_printf(a, "the server did not send it: %s",
		    reply.error != NULL ? reply.error : "no reply");
	if (reply.status != 200)
		return arena_printf(
		    a, "the server answered with %ld", reply.status);
	return spool_written(d.to, &f->content)
	    ? NULL
	    : "the temporary file cannot be read";
}

static const char *
download(struct migration *m, struct arena *a, struct file *f)
{
	const struct timespec pause = { .tv_sec = PAUSE_S };
	const char *reason;
	bool again;
	int n;

	for (n = 1;; n++) {
		reason = download_once(m, a, f, &again);
		if (!again || n == TRIES || migration_stopping())
			return reason;
		nanosleep(&pause, NULL);
	}
}

static const char *
read_file(struct migration *m, struct arena *a, struct file *f)
{
	const char *path = url_decode(a, f->address);

	if (path == NULL)
		return "its address is not valid";
	if (!spool_open(a, path, &f->content))
		return errno == ENOENT ? "it is not in the folder"
				       : arena_strdup(a, strerror(errno));
	return f->content.len > m->files->upload_max
	    ? arena_printf(
		  a, "it has more than %ld bytes", m->files->upload_max)
	    : NULL;
}

/* A part ".." of the path could leave the folder. */
static bool
leaves_folder(struct arena *a, const char *address)
{
	const char *path = url_decode(a, address);

	return path == NULL || strstr(path, "/../") != NULL;
}

/* The content of the file; returns why there is none, or NULL. */
static const char *
get_content(struct migration *m, struct arena *a, struct file *f)
{
	bool web = strncmp(f->address, "http://", 7) == 0 ||
	    strncmp(f->address, "https://", 8) == 0;
	const char *reason;

	if ((!web && f->address[0] != '/') || leaves_folder(a, f->address))
		return "its address is not valid";
	reason = web ? download(m, a, f) : read_file(m, a, f);
	if (reason != NULL)
		return reason;
	f->len = f->content.len;
	if (f->len == 0)
		return "it is empty";
	/* The rest of a larger file was not downloaded. */
	if (web && m->rehearsal && f->len == SNIFF_LEN && f->size != NULL)
		f->len = atoll(f->size);
	if (f->size != NULL && atoll(f->size) != f->len)
		return arena_printf(a,
		    "it has %lld bytes, and the source says %s", f->len,
		    f->size);
	return NULL;
}

/* --- The storage */

/*
 * The name without its extension: an HMAC of the key and the organization, so that
 * each run finds what an earlier one stored, and nobody can guess the address.
 */
static const char *
name_of(struct migration *m, const struct file *f)
{
	const char *secrets = m->secret, *secret, *text;
	unsigned char mac[DIGEST_LEN];

	secret = token_secret(m->arena, &secrets);
	text = arena_printf(m->scratch, "file %s %s", f->org, f->key);
	token_digest(secret != NULL ? secret : "", text, strlen(text), mac);
	return hex_encode(m->scratch, mac, STORE_NAME_LEN / 2);
}

/* The last error of the monitor, for people. */
static const char *
database_reason(struct migration *m, struct arena *a)
{
	return arena_strdup(a, pg_error(m->monitor)->message);
}

/*
 * The row exists before the bytes, as with an upload, so that the periodic tasks
 * remove what a killed run leaves.  Another connection writes it, so that it stays
 * when the batch does not.
 */
static const char *
store(struct migration *m, struct arena *a, struct file *f)
{
	const char *begin[] = { f->name, f->type, f->title,
		arena_printf(a, "%lld", f->len), f->place,
		arena_printf(a, "%ld", m->files->upload_quota), f->org };
	const char *name[] = { f->name };

	if (pg_query(m->monitor,
		"DELETE FROM ops.file WHERE name = $1 AND removing", 1,
		name) == NULL ||
	    pg_query(m->monitor,
		"SELECT ops.begin_file($1, $2, $3, $4::bigint, $5,"
		" $6::bigint) FROM (SELECT set_config('app.org_id', $7, "
		"false)"
		" OFFSET 0) o",
		7, begin) == NULL)
		return database_reason(m, a);
	migration_point();
	if (!store_put(m->files, a, f->place, f->name, &f->content))
		return "it cannot be stored; the log has the reason";
	migration_point();
	return pg_query(m->monitor, "SELECT ops.end_file($1, '')", 1, name) ==
		NULL
	    ? database_reason(m, a)
	    : NULL;
}

/* Fetches and stores one file; returns why it cannot, or NULL. */
static const char *
fetch_one(struct migration *m, struct arena *a, struct file *f)
{
	const char *reason = get_content(m, a, f);
	const struct file_type *type;
	char head[SNIFF_LEN];
	ssize_t got;

	if (reason != NULL)
		return reason;
	got = spool_read(&f->content, 0, head, sizeof head);
	if (got <= 0)
		return "it cannot be read";
	type = sniff((unsigned char *)head, (size_t)got, f->type);
	f->type = type->name;
	f->name = arena_printf(a, "%s.%s", f->name, type->extension);
	if (f->title != NULL)
		f->title = filename_clean(a, f->title, strlen(f->title));
	f->place = store_place(m->files);
	return m->rehearsal ? NULL : store(m, a, f);
}

/* --- A batch */

static bool
add_fetched(struct migration *m, const struct file *f)
{
	const char *params[] = { f->key, f->name, f->type, f->title,
		arena_printf(m->scratch, "%lld", f->len), f->place };

	return pg_query(m->target,
		   "INSERT INTO fetched VALUES ($1, $2, $3, $4, $5, $6)", 6,
		   params) != NULL;
}

static bool
add_missing(struct migration *m, const struct file *f, const char *reason)
{
	const char *params[] = { f->key, reason };

	return pg_query(m->target, "INSERT INTO missing VALUES ($1, $2)", 2,
		   params) != NULL;
}

/* The file of this name that an earlier call has stored; *row is -1 if none. */
static bool
find_stored(struct migration *m, const struct pg_rows *files,
    const struct pg_rows **stored)
{
	struct buf names;
	struct file f;
	int i;

	buf_init(&names, m->scratch);
	for (i = 0; i < pg_nrows(files); i++) {
		f = (struct file){ .key = pg_value(files, i, 0),
			.org = pg_value(files, i, 5) };
		buf_printf(&names, "%s%s", i > 0 ? "," : "{", name_of(m, &f));
	}
	buf_puts(&names, "}");
	pg_answer_into(m->monitor, m->scratch);
	*stored = pg_ask(m->monitor, "the stored files",
	    "SELECT left(f.name, 40), f.name, f.type, f.title, f.size, f.place"
	    " FROM ops.file f WHERE f.org_id = $1 AND left(f.name, 40) ="
	    " ANY ($2::text[]) AND NOT f.removing",
	    2, (const char *const[]){ pg_value(files, 0, 5), names.data });
	pg_answer_into(m->monitor, m->arena);
	return *stored != NULL;
}

/* Takes over what is stored already; false: it has to be fetched. */
static bool
is_stored(struct file *f, const struct pg_rows *stored)
{
	int i;

	for (i = 0; i < pg_nrows(stored); i++)
		if (strcmp(f->name, pg_value(stored, i, 0)) == 0) {
			f->name = pg_value(stored, i, 1);
			f->type = pg_value(stored, i, 2);
			f->title = pg_value(stored, i, 3);
			f->len = atoll(pg_value(stored, i, 4));
			f->place = pg_value(stored, i, 5);
			return true;
		}
	return false;
}

/* An arena of its own closes the temporary file before the next one. */
static bool
fetch_row(struct migration *m, struct file *f, const struct pg_rows *stored)
{
	struct arena *a;
	const char *reason;
	bool ok;

	f->name = name_of(m, f);
	if (is_stored(f, stored))
		return add_fetched(m, f);
	a = arena_new();
	pg_answer_into(m->monitor, a);
	reason = fetch_one(m, a, f);
	ok = reason != NULL ? add_missing(m, f, reason) : add_fetched(m, f);
	pg_answer_into(m->monitor, m->arena);
	arena_free(a);
	return ok;
}

bool
fetch_files(struct migration *m, const struct journey_file *step)
{
	const struct pg_rows *rows, *stored;
	struct file f;
	int i;

	if (step->sections[SECTION_FETCH] == NULL)
		return true;
	rows = pg_query(m->target, step->sections[SECTION_FETCH], 0, NULL);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	if (!load_settings(m) || !find_stored(m, rows, &stored))
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		f = (struct file){ .key = pg_value(rows, i, 0),
			.address = pg_value(rows, i, 1),
			.title = pg_value(rows, i, 2),
			.type = pg_value(rows, i, 3),
			.size = pg_value(rows, i, 4),
			.org = pg_value(rows, i, 5) };
		if (!fetch_row(m, &f, stored))
			return false;
	}
	return true;
}

/*
 * The files of the step, and those that no batch has taken because the run was
 * killed: their keys are unknown, so all that no row of the organization refers
 * to are removed.
 */
bool
fetch_undo(struct migration *m, const struct journey_file *step)
{
	const struct pg_rows *rows;
	int i;

	if (step->sections[SECTION_FETCH] == NULL || m->rehearsal)
		return true;
	rows = pg_ask(m->target, step->path,
	    "SELECT f.name, f.place, ops.migrated_organization() FROM ops.file "
	    "f"
	    " WHERE f.org_id = ops.migrated_organization() AND (NOT EXISTS ("
	    "SELECT FROM ops.file_use u WHERE u.name = f.name) OR EXISTS "
	    "(SELECT"
	    " FROM ops.migration_row r WHERE r.migration_id ="
	    " current_setting('migration.id')::bigint AND r.step ="
	    " current_setting('migration.step')::integer AND r.target_id ="
	    " f.name))",
	    0, NULL);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	if (!load_settings(m))
		return false;
	for (i = 0; i < pg_nrows(rows); i++)
		if (strcmp(pg_value(rows, i, 1), "database") != 0 &&
		    !store_remove(m->files, m->arena, pg_value(rows, i, 1),
			pg_value(rows, i, 0))) {
			warnx("the file %s cannot be removed",
			    pg_value(rows, i, 0));
			return false;
		}
	return pg_ask(m->target, step->path,
		   "DELETE FROM ops.file f WHERE f.org_id ="
		   " ops.migrated_organization() AND NOT EXISTS (SELECT FROM"
		   " ops.file_use u WHERE u.name = f.name) AND NOT EXISTS ("
		   "SELECT FROM ops.migration_row r WHERE r.migration_id ="
		   " current_setting('migration.id')::bigint AND r.step ="
		   " current_setting('migration.step')::integer"
		   " AND r.target_id = f.name)",
		   0, NULL) != NULL;
}
