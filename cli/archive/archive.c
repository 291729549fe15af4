/* Reads the parts of an organization archive from the database. */
#include <err.h>
#include <errno.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli/archive/archive.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/storage/s3.h"

#define PIECE   65536
#define READING "could not read the organization"

static void
hash_free(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

EVP_MD_CTX *
archive_hash(struct arena *a)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		errx(STATUS_FAILED, "could not compute SHA-256");
	arena_defer(a, hash_free, ctx);
	return ctx;
}

void
archive_hash_more(EVP_MD_CTX *ctx, const void *bytes, size_t len)
{
	if (EVP_DigestUpdate(ctx, bytes, len) != 1)
		errx(STATUS_FAILED, "could not compute SHA-256");
}

void
archive_hash_end(EVP_MD_CTX *ctx, char hex[ARCHIVE_HEX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len;

	if (EVP_DigestFinal_ex(ctx, sum, &len) != 1 || len != 32)
		errx(STATUS_FAILED, "could not compute SHA-256");
	sodium_bin2hex(hex, ARCHIVE_HEX, sum, len);
}

bool
archive_file_name(const char *s)
{
	size_t len = strspn(s, "0123456789abcdef"), more;

	if (len != ARCHIVE_NAME || s[len] != '.')
		return false;
	more = strspn(s + len + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
	return more >= 1 && more <= 5 && s[len + 1 + more] == '\0';
}

int
archive_compare_names(const void *a, const void *b)
{
	return memcmp(a, b, ARCHIVE_NAME);
}

static void
rename_files(const char *from, const char *to, size_t n, char *line)
{
	const char *found;
	size_t len;

	for (; n > 0 && *line != '\0'; line += len > 0 ? len : 1) {
		len = strspn(line, "0123456789abcdef");
		if (len != ARCHIVE_NAME || line[len] != '.')
			continue;
		found =
		    bsearch(line, from, n, ARCHIVE_NAME, archive_compare_names);
		if (found != NULL)
			memcpy(line, to + (found - from), ARCHIVE_NAME);
	}
}

void
archive_rename(
    const struct archive_names *names, const char *part, char *line, bool back)
{
	const char *from = back ? names->new_id : names->old_id;
	const char *to = back ? names->old_id : names->new_id;
	size_t len = strlen(from);
	char *at;

	if (strncmp(part, "audit_", 6) == 0)
		return;
	for (at = line; (at = strstr(at, from)) != NULL; at += len)
		memcpy(at, to, len);
	rename_files(back ? names->new : names->old,
	    back ? names->old : names->new, names->n, line);
}

const char *
archive_path(struct arena *a, const char *name)
{
	const char *dir = getenv("UPLOAD_DIR");

	return arena_printf(a, "%s/%.2s/%s",
	    dir != NULL && *dir != '\0' ? dir : "/var/lib/tenantry/uploads",
	    name, name);
}

static void
pieces_free(void *pieces)
{
	arena_free(pieces);
}

bool
archive_init(struct archive *p, struct invocation *in, const char *id)
{
	static const char *const settings[][2] = { { "TimeZone", "UTC" },
		{ "DateStyle", "ISO" }, { "IntervalStyle", "postgres" },
		{ "extra_float_digits", "1" }, { "bytea_output", "hex" } };
	size_t i;

	*p = (struct archive){ .arena = in->arena,
		.pieces = arena_new(),
		.pg = in->pg,
		.id = id };
	arena_defer(in->arena, pieces_free, p->pieces);
	for (i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (!pg_set(in->pg, settings[i][0], settings[i][1])) {
			pg_warn(in->pg, "could not set the session");
			return false;
		}
	return true;
}

/* Reads a file from the database in pieces. */
static bool
bytes_in_database(struct archive *p, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg)
{
	const char *params[] = { name, NULL };
	const struct pg_rows *rows;
	const char *bytes;
	long at = 1;
	size_t len;

	do {
		params[1] = arena_printf(p->pieces, "%ld", at);
		rows = pg_ask(p->pg, READING,
		    "SELECT encode(substring(bytes FROM $2::integer FOR "
		    "65536), 'hex') FROM ops.file_bytes WHERE name = $1",
		    2, params);
		if (rows == NULL || pg_nrows(rows) != 1)
			return false;
		len = strlen(pg_value(rows, 0, 0)) / 2;
		bytes = hex_decode(p->pieces, pg_value(rows, 0, 0), len);
		if (!take(arg, bytes, len))
			return false;
		at += PIECE;
	} while (len == PIECE);
	return true;
}

/* Reads a file below UPLOAD_DIR. */
static bool
bytes_in_folder(struct archive *p, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg)
{
	char piece[PIECE];
	bool ok = true;
	size_t got;
	FILE *f = fopen(archive_path(p->pieces, name), "rb");

	if (f == NULL) {
		p->gone = errno == ENOENT;
		if (!p->gone)
			warn("file %s", name);
		return false;
	}
	while (ok && (got = fread(piece, 1, sizeof piece, f)) > 0)
		ok = take(arg, piece, got);
	if (ferror(f)) {
		warn("file %s", name);
		ok = false;
	}
	fclose(f);
	return ok;
}

/* Reads the settings of the bucket, as the workers do. */
static const struct config *
settings(struct archive *p)
{
	struct config *config;

	if (p->settings != NULL)
		return p->settings;
	config = arena_alloc(p->arena, sizeof *config);
	if (!config_load(config, p->arena)) {
		warnx("files are in S3, so the settings of the workers are "
		      "needed");
		return NULL;
	}
	return p->settings = config;
}

/* Reads a file of the bucket. */
static bool
bytes_in_bucket(struct archive *p, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg)
{
	const struct config *config = settings(p);
	struct arena *own = arena_new();
	char piece[PIECE];
	struct spool file;
	ssize_t got = -1;
	off_t at;
	bool ok = config != NULL && s3_get(config, own, name, &file);

	if (!ok)
		p->gone = config != NULL && s3_lacks(config, own, name);
	for (at = 0;
	     ok && (got = spool_read(&file, at, piece, sizeof piece)) > 0;
	     at += got)
		ok = take(arg, piece, (size_t)got);
	arena_free(own);
	return ok && got == 0;
}

bool
archive_bytes(struct archive *p, const char *name,
    bool (*take)(void *, const void *, size_t), void *arg)
{
	const struct pg_rows *rows = pg_ask(p->pg, READING,
	    "SELECT place FROM ops.file WHERE name = $1", 1, &name);
	const char *place = rows != NULL ? pg_value(rows, 0, 0) : NULL;

	p->gone = false;
	if (place == NULL)
		return false;
	if (strcmp(place, "database") == 0)
		return bytes_in_database(p, name, take, arg);
	if (strcmp(place, "local") == 0)
		return bytes_in_folder(p, name, take, arg);
	return bytes_in_bucket(p, name, take, arg);
}

static bool
hash_piece(void *ctx, const void *bytes, size_t len)
{
	archive_hash_more(ctx, bytes, len);
	return true;
}

/*
 * Adds the SHA-256 of the content to the line of a file, or states there that
 * the content is missing.
 */
static const char *
with_hash(struct archive *p, const char *line)
{
	struct json_error error;
	struct json_object *row =
	    json_parse(p->pieces, line, strlen(line), &error);
	const char *name = row != NULL ? json_get_text(row, "name") : NULL;
	EVP_MD_CTX *ctx = archive_hash(p->pieces);
	char hex[ARCHIVE_HEX];

	if (name == NULL)
		return NULL;
	if (!archive_bytes(p, name, hash_piece, ctx)) {
		if (!p->gone)
			return NULL;
		p->nmissing++;
		warnx("file %s is missing", name);
		return arena_printf(p->pieces, "%.*s, \"missing\" : true}",
		    (int)strlen(line) - 1, line);
	}
	archive_hash_end(ctx, hex);
	return arena_printf(p->pieces, "%.*s, \"sha256\" : \"%s\"}",
	    (int)strlen(line) - 1, line, hex);
}

/* Reads the cursor's next rows. Returns their number, or -1 on an error. */
static int
take_rows(struct archive *p, struct archive_part *part,
    const struct archive_sink *sink, EVP_MD_CTX *ctx)
{
	const struct pg_rows *rows =
	    pg_ask(p->pg, READING, "FETCH 200 FROM archive", 0, NULL);
	int i, n = rows != NULL ? pg_nrows(rows) : -1;
	const char *line;
	char *own;
	size_t len;

	for (i = 0; i < n; i++) {
		line = pg_value(rows, i, 0);
		if (strcmp(part->name, "files") == 0)
			line = with_hash(p, line);
		if (line == NULL)
			return -1;
		if (p->names != NULL) {
			own = arena_strdup(p->pieces, line);
			archive_rename(p->names, part->name, own, true);
			line = own;
		}
		len = strlen(line);
		archive_hash_more(ctx, line, len);
		archive_hash_more(ctx, "\n", 1);
		part->rows++;
		part->bytes += (long long)len + 1;
		if (sink != NULL && !sink->line(sink->arg, line, len))
			return -1;
	}
	return n;
}

static bool
walk_part(struct archive *p, struct archive_part *part, const char *query,
    const struct archive_sink *sink)
{
	bool sealed = strcmp(part->name, "audit_seal") == 0;
	struct arena *own = arena_new();
	EVP_MD_CTX *ctx = archive_hash(own);
	int n = 0;
	bool ok;

	ok = (!sealed || pg_run(p->pg, "SET LOCAL ROLE tenantry_audit")) &&
	    pg_run(p->pg,
		arena_printf(p->pieces,
		    "DECLARE archive NO SCROLL CURSOR FOR %s", query));
	if (!ok)
		pg_warn(p->pg, part->name);
	else if (sink != NULL)
		ok = sink->begin(sink->arg, part->name);
	pg_answer_into(p->pg, p->pieces);
	while (ok && (n = take_rows(p, part, sink, ctx)) > 0)
		arena_reset(p->pieces);
	pg_answer_into(p->pg, p->arena);
	ok = ok && n == 0 && pg_run(p->pg, "CLOSE archive; RESET ROLE");
	archive_hash_end(ctx, part->sha256);
	arena_free(own);
	return ok && (sink == NULL || sink->end(sink->arg));
}

bool
archive_walk(struct archive *p, const struct archive_sink *sink)
{
	const char *params[] = { p->id };
	const struct pg_rows *rows;
	struct archive_part *part;
	int i;

	rows = pg_ask(p->pg, READING,
	    "SELECT p.part, p.query, p.summed FROM ops.archive_parts($1) p, "
	    "LATERAL (SELECT set_config('app.org_id', $1::uuid::text, true)) s",
	    1, params);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) > ARCHIVE_PARTS) {
		warnx("there are more than %d parts", ARCHIVE_PARTS);
		return false;
	}
	p->nparts = pg_nrows(rows);
	for (i = 0; i < p->nparts; i++) {
		part = &p->parts[i];
		*part = (struct archive_part){ .summed = *pg_value(rows, i,
							     2) == 't' };
		snprintf(
		    part->name, sizeof part->name, "%s", pg_value(rows, i, 0));
		if (!walk_part(p, part, pg_value(rows, i, 1), sink))
			return false;
	}
	return true;
}

const char *
archive_sum(const struct archive *p)
{
	EVP_MD_CTX *ctx = archive_hash(p->arena);
	char *hex = arena_alloc(p->arena, ARCHIVE_HEX);
	int i;

	for (i = 0; i < p->nparts; i++)
		if (p->parts[i].summed) {
			archive_hash_more(
			    ctx, p->parts[i].name, strlen(p->parts[i].name));
			archive_hash_more(ctx, " ", 1);
			archive_hash_more(ctx, p->parts[i].sha256, 64);
			archive_hash_more(ctx, "\n", 1);
		}
	archive_hash_end(ctx, hex);
	return hex;
}
