/* Fetches a step's files from a server or a folder into the upload storage. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
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
#define QUIET_S    30      /* seconds without any new byte */
#define FILE_MS    1200000 /* milliseconds per file as a whole */
#define TRIES      3
#define PAUSE_S    1 /* seconds before a retry */
#define SILENT     3 /* files in a row without a reply: the server is down */

/* A row of the section "fetch". */
struct file {
	const char *key, *address, *title, *type, *size, *org;
	const char *name;  /* the name under which the file is stored */
	const char *place; /* "local" or "s3" */
	struct spool content;
	long long len; /* in a rehearsal: the length that the source states */
	bool silent;   /* the server did not reply */
};

/* The state of a download. */
struct download {
	FILE *to;
	bool failed; /* writing failed */
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

/* Loads the workers' settings, which contain the location of files. */
static bool
load_settings(struct migration *m)
{
	struct config *settings;

	if (m->settings != NULL)
		return true;
	settings = arena_alloc(m->arena, sizeof *settings);
	if (!config_load(settings, m->arena)) {
		warnx("files are stored as workers store them, so their "
		      "settings are needed");
		return false;
	}
	m->settings = settings;
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
 * Downloads a file. The host comes from the plan, and only the path comes from
 * the source's data. Private addresses are therefore allowed: a self-hosted
 * project's storage has one.
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
		.most =
		    m->rehearsal ? SNIFF_LEN : (size_t)m->settings->upload_max,
		.cut = m->rehearsal,
		.take = take_bytes,
		.to = &d };
	struct http_reply reply = { 0 };
	bool complete;

	*again = false;
	if (d.to == NULL)
		return "there is no space for a temporary file";
	complete = http_client_send(a, NULL, &request, &reply);
	f->silent = !complete && reply.status == 0;
	if (d.failed || ferror(d.to))
		return "there is no space for a temporary file";
	if (reply.too_much)
		return arena_printf(
		    a, "it has more than %ld bytes", m->settings->upload_max);
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
read_file(struct arena *a, const char *path, struct file *f)
{
	if (!spool_open(a, path, &f->content))
		return errno == ENOENT ? "it is not in the folder"
				       : arena_strdup(a, strerror(errno));
	return NULL;
}

/* Reads the file's content. Returns the reason why there is none, or NULL. */
static const char *
get_content(struct migration *m, struct arena *a, struct file *f)
{
	bool web = strncmp(f->address, "http://", 7) == 0 ||
	    strncmp(f->address, "https://", 8) == 0;
	const char *path = url_decode(a, f->address), *reason;

	/* A ".." in the path could leave the folder. */
	if ((!web && f->address[0] != '/') || path == NULL ||
	    strstr(path, "/../") != NULL)
		return "its address is not valid";
	reason = web ? download(m, a, f) : read_file(a, path, f);
	if (reason != NULL)
		return reason;
	f->len = f->content.len;
	if (f->len == 0)
		return "it is empty";
	/* A rehearsal downloads only the beginning of a larger file. */
	if (web && m->rehearsal && f->len == SNIFF_LEN && f->size != NULL)
		f->len = atoll(f->size);
	if (f->len > m->settings->upload_max)
		return arena_printf(
		    a, "it has more than %ld bytes", m->settings->upload_max);
	if (f->size != NULL && atoll(f->size) != f->len)
		return arena_printf(a,
		    "it has %lld bytes, and the source says %s", f->len,
		    f->size);
	return NULL;
}

/* --- The storage */

/*
 * Returns the name without its extension. The name is an HMAC of the key and
 * the organization, so that each run finds the files of an earlier run, and the
 * URL cannot be guessed.
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

/*
 * Handles a database error. Sets *reason and returns true if the error concerns
 * only this file.
 */
static bool
refused(struct migration *m, struct arena *a, const char **reason)
{
	*reason = arena_strdup(a, pg_error(m->monitor)->message);
	if (!pg_lost(m->monitor) && pg_error_of_data(m->monitor))
		return true;
	m->obstacle = arena_printf(
	    m->arena, "the database cannot store files (%s)", *reason);
	return false;
}

/*
 * Stores a file. The row is written before the bytes, as for an upload, so that
 * the periodic tasks remove the leftovers of a killed run. A separate
 * connection writes the row, so that it survives a rollback of the batch. On a
 * clone, no bytes are stored. Returns false if no file can be stored.
 * Otherwise, *reason is NULL, or the reason why this file was not stored.
 */
static bool
store(struct migration *m, struct arena *a, struct file *f, const char **reason)
{
	const char *begin[] = { f->name, f->type, f->title,
		arena_printf(a, "%lld", f->len), f->place,
		arena_printf(a, "%ld", m->settings->upload_quota), f->org };
	const char *name[] = { f->name };

	if (pg_query(m->monitor,
		"DELETE FROM ops.file WHERE name = $1 AND removing", 1,
		name) == NULL ||
	    pg_query(m->monitor,
		"SELECT ops.begin_file($1, $2, $3, $4::bigint, $5,"
		" $6::bigint) FROM (SELECT set_config('app.org_id', $7,"
		" false) OFFSET 0) o",
		7, begin) == NULL)
		return refused(m, a, reason);
	migration_point();
	if (!m->rehearsal &&
	    !store_put(m->settings, a, f->place, f->name, &f->content)) {
		m->obstacle = "files cannot be stored; the line above has the "
			      "reason";
		return false;
	}
	migration_point();
	return pg_query(m->monitor, "SELECT ops.end_file($1, '')", 1, name) !=
	    NULL ||
	    refused(m, a, reason);
}

/* Fetches and stores one file. The result and *reason are as in store(). */
static bool
fetch_one(
    struct migration *m, struct arena *a, struct file *f, const char **reason)
{
	const struct file_type *type;
	char head[SNIFF_LEN];
	ssize_t got;

	*reason = get_content(m, a, f);
	if (*reason != NULL)
		return true;
	got = spool_read(&f->content, 0, head, sizeof head);
	if (got <= 0) {
		*reason = "it cannot be read";
		return true;
	}
	type = sniff((unsigned char *)head, (size_t)got, f->type);
	f->type = type->name;
	f->name = arena_printf(a, "%s.%s", f->name, type->extension);
	if (f->title != NULL)
		f->title = filename_clean(a, f->title, strlen(f->title));
	f->place = store_place(m->settings);
	return store(m, a, f, reason);
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

/*
 * Finds the files for these rows that an earlier call has stored, by the
 * beginning of the name.
 */
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

/* Reuses a stored file. Returns false if the file must be fetched. */
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

/*
 * Fetches a row's file. A separate arena closes the temporary file before the
 * next file is fetched.
 */
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
	ok = fetch_one(m, a, f, &reason) &&
	    (reason != NULL ? add_missing(m, f, reason) : add_fetched(m, f));
	pg_answer_into(m->monitor, m->arena);
	arena_free(a);
	return ok;
}

/*
 * Fetches the files for these rows. Also returns false if the server is down,
 * or after a signal.
 */
static bool
fetch_rows(struct migration *m, const struct pg_rows *rows)
{
	const struct pg_rows *stored;
	struct file f;
	int i, silent = 0;

	if (!load_settings(m) || !find_stored(m, rows, &stored))
		return false;
	for (i = 0; i < pg_nrows(rows) && !migration_stopping(); i++) {
		f = (struct file){ .key = pg_value(rows, i, 0),
			.address = pg_value(rows, i, 1),
			.title = pg_value(rows, i, 2),
			.type = pg_value(rows, i, 3),
			.size = pg_value(rows, i, 4),
			.org = pg_value(rows, i, 5) };
		if (!fetch_row(m, &f, stored))
			return false;
		silent = f.silent ? silent + 1 : 0;
		if (silent == SILENT) {
			m->obstacle = "the server of the files does not answer";
			return false;
		}
	}
	return !migration_stopping();
}

bool
fetch_files(struct migration *m, const struct journey_file *step)
{
	const struct pg_rows *rows;

	if (step->sections[SECTION_FETCH] == NULL)
		return true;
	rows = pg_ask(
	    m->target, step->path, step->sections[SECTION_FETCH], 0, NULL);
	return rows != NULL && (pg_nrows(rows) == 0 || fetch_rows(m, rows));
}

/* --- All files of a step */

/*
 * The step's files, including those that no batch has used because the run was
 * killed. The keys of the latter are unknown, so all files from that time to
 * which no row refers are included.
 */
#define FILES_OF_STEP                                                          \
	"SELECT f.name, f.place, f.size, r.target_id IS NULL FROM ops.file f"  \
	" JOIN ops.migration m ON m.id ="                                      \
	" current_setting('migration.id')::bigint LEFT JOIN"                   \
	" ops.migration_row r ON r.migration_id = m.id AND r.step ="           \
	" current_setting('migration.step')::integer AND"                      \
	" split_part(r.target_id, ' ', 1) = f.name WHERE f.org_id ="           \
	" ops.migrated_organization() AND (r.target_id IS NOT NULL OR"         \
	" f.created_at BETWEEN m.started_at AND coalesce(m.ended_at, now())"   \
	" AND NOT EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name))"

/*
 * Returns true if a file's bytes exist. A clone has the rows of files but not
 * their bytes.
 */
static bool
has_bytes(const struct migration *m, const char *place)
{
	return !m->rehearsal && strcmp(place, "database") != 0;
}

static bool
remove_file(struct migration *m, const char *place, const char *name)
{
	if (!has_bytes(m, place) ||
	    store_remove(m->settings, m->scratch, place, name))
		return true;
	warnx("the file %s cannot be removed", name);
	return false;
}

bool
fetch_undo(struct migration *m, const struct journey_file *step)
{
	const struct pg_rows *rows;
	const char *name;
	int i;

	if (step->sections[SECTION_FETCH] == NULL)
		return true;
	rows = pg_ask(m->target, step->path, FILES_OF_STEP, 0, NULL);
	if (rows == NULL || (pg_nrows(rows) > 0 && !load_settings(m)))
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		name = pg_value(rows, i, 0);
		if (!remove_file(m, pg_value(rows, i, 1), name))
			return false;
		/* The section "reverse" deletes the other rows. */
		if (strcmp(pg_value(rows, i, 3), "t") == 0 &&
		    pg_ask(m->target, step->path,
			"DELETE FROM ops.file WHERE name = $1", 1,
			&name) == NULL)
			return false;
	}
	return true;
}

bool
fetch_check(struct migration *m, const struct journey_file *step, int *files,
    int *missing, const char **example)
{
	const struct pg_rows *rows =
	    pg_ask(m->target, step->path, FILES_OF_STEP, 0, NULL);
	struct spool content;
	struct arena *a;
	int i;

	*files = *missing = 0;
	*example = NULL;
	if (rows == NULL || (pg_nrows(rows) > 0 && !load_settings(m)))
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		if (strcmp(pg_value(rows, i, 3), "t") == 0)
			continue;
		a = arena_new();
		++*files;
		if (has_bytes(m, pg_value(rows, i, 1)) &&
		    (!store_open(m->settings, a, pg_value(rows, i, 1),
			 pg_value(rows, i, 0), &content) ||
			content.len != atoll(pg_value(rows, i, 2)))) {
			++*missing;
			*example = pg_value(rows, i, 0);
		}
		arena_free(a);
	}
	return true;
}
