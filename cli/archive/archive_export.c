/* tenantry org export and checksum: writes an organization archive. */
#include <err.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "cli/archive/archive_read.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/organization/org.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/tar.h"

struct archive_file {
	FILE *file;
	struct tar_entry entry;
	const char *what; /* path of the file, for messages */
	/* The name of the next entry; NULL: the entry has begun. */
	const char *name;
};

static bool
written(struct archive_file *a, bool ok)
{
	if (!ok)
		warn("could not write %s", a->what);
	return ok;
}

static bool
begin(void *arg, const char *part)
{
	struct archive_file *a = arg;
	char name[TAR_NAME_MAX + 1];

	snprintf(name, sizeof name, "parts/%s.ndjson", part);
	return written(a, tar_begin(a->file, &a->entry, name));
}

static bool
put(void *arg, const void *bytes, size_t len)
{
	struct archive_file *a = arg;

	return written(a, fwrite(bytes, 1, len, a->file) == len);
}

static bool
line(void *arg, const char *text, size_t len)
{
	return put(arg, text, len) && put(arg, "\n", 1);
}

static bool
end(void *arg)
{
	struct archive_file *a = arg;

	return written(a, tar_end(a->file, &a->entry));
}

/* Begins a snapshot of the organization. */
static bool
begin_snapshot(struct archive *p)
{
	if (pg_run(p->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
		return true;
	pg_warn(p->pg, "could not begin");
	return false;
}

/*
 * Writes the content of a file, unless the content is missing, which the file's
 * line states. The header is written together with the first bytes.
 */
static bool
put_content(void *arg, const void *bytes, size_t len)
{
	struct archive_file *a = arg;

	if (a->name != NULL &&
	    !written(a, tar_begin(a->file, &a->entry, a->name)))
		return false;
	a->name = NULL;
	return put(a, bytes, len);
}

static bool
put_file(struct archive *p, struct archive_file *a, const char *file)
{
	char name[TAR_NAME_MAX + 1];

	snprintf(name, sizeof name, "files/%s", file);
	a->name = name;
	if (!archive_bytes(p, file, put_content, a))
		return p->gone;
	return put_content(a, "", 0) && end(a);
}

/* Writes the next files whose names sort after "last", sorted by name. */
static bool
put_some_files(struct archive *p, struct archive_file *a, char last[])
{
	const char *params[] = { p->id, last };
	const struct pg_rows *rows = pg_query(p->pg,
	    "SELECT name FROM ops.file WHERE org_id = $1 AND NOT removing "
	    "AND name > $2 ORDER BY name LIMIT 200",
	    2, params);
	int i, n = rows != NULL ? pg_nrows(rows) : -1;

	if (n == -1)
		pg_warn(p->pg, "files");
	*last = '\0';
	for (i = 0; i < n; i++) {
		if (!put_file(p, a, pg_value(rows, i, 0)))
			return false;
		snprintf(last, TAR_NAME_MAX, "%s", pg_value(rows, i, 0));
	}
	arena_reset(p->pieces);
	return n != -1;
}

static bool
put_files(struct archive *p, struct archive_file *a)
{
	char last[TAR_NAME_MAX] = "";
	bool ok;

	pg_answer_into(p->pg, p->pieces);
	do
		ok = put_some_files(p, a, last);
	while (ok && *last != '\0');
	pg_answer_into(p->pg, p->arena);
	return ok;
}

static bool
put_manifest(struct archive *p, struct archive_file *a, const char *slug)
{
	EVP_MD_CTX *ctx = archive_hash(p->arena);
	const struct archive_part *part;
	char hex[ARCHIVE_HEX];
	struct buf b;
	int i;

	buf_init(&b, p->arena);
	buf_printf(&b,
	    "{\"format\":\"" ARCHIVE_FORMAT "\",\"id\":\"%s\","
	    "\"slug\":",
	    p->id);
	buf_json(&b, slug);
	buf_printf(&b, ",\n\"checksum\":\"%s\",\"parts\":[", archive_sum(p));
	for (i = 0; i < p->nparts; i++) {
		part = &p->parts[i];
		buf_printf(&b,
		    "%s\n{\"part\":\"%s\",\"rows\":%lld,\"bytes\":%lld,"
		    "\"sha256\":\"%s\",\"summed\":%s}",
		    i > 0 ? "," : "", part->name, part->rows, part->bytes,
		    part->sha256, part->summed ? "true" : "false");
	}
	buf_puts(&b, "]");
	archive_hash_more(ctx, b.data, b.len);
	archive_hash_end(ctx, hex);
	buf_printf(&b, ARCHIVE_SEAL, hex);
	return written(a, tar_begin(a->file, &a->entry, "manifest.json")) &&
	    put(a, b.data, b.len) && end(a);
}

static bool
put_all(struct archive *p, struct archive_file *a, const char *slug)
{
	const struct archive_sink sink = { begin, line, end, a };
	bool ok;

	ok = begin_snapshot(p) && archive_walk(p, &sink) && put_files(p, a) &&
	    put_manifest(p, a, slug) && written(a, tar_close(a->file)) &&
	    written(a, fsync(fileno(a->file)) == 0);
	return pg_run(p->pg, "ROLLBACK") && ok;
}

/*
 * Creates a file that only this user can read. The file is renamed at the end.
 */
static FILE *
open_new(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd != -1 ? fdopen(fd, "w+b") : NULL;

	if (f == NULL)
		warn("%s", path);
	return f;
}

/*
 * Reads the archive back. The archive is complete only if an import would
 * accept it.
 */
static bool
read_back(struct invocation *in, const char *path)
{
	struct reading r = { .in = in };
	bool ok;

	if (!archive_init(&r.read, in, NULL))
		return false;
	buf_init(&r.names, r.read.arena);
	r.file = fopen(path, "rb");
	r.lines = fopen(path, "rb");
	if (r.file == NULL || r.lines == NULL)
		warn("%s", path);
	ok = r.file != NULL && r.lines != NULL && archive_check(&r);
	if (r.file != NULL)
		fclose(r.file);
	if (r.lines != NULL)
		fclose(r.lines);
	return ok;
}

enum status
org_export(struct invocation *in)
{
	const char *id = org_find(in), *aside;
	const char *to = command_value(in, OPTION_TO_FILE);
	struct archive_file a = { .what = to };
	struct archive p;
	const struct pg_rows *rows;
	bool ok;

	if (id == NULL || !archive_init(&p, in, id) ||
	    (rows = operator_ask(in,
		 "SELECT slug FROM identity.organization WHERE id = $1", 1,
		 &id)) == NULL)
		return STATUS_FAILED;
	if (access(to, F_OK) == 0) {
		warnx("file \"%s\" already exists", to);
		return STATUS_FAILED;
	}
	aside = arena_printf(in->arena, "%s.%ld.new", to, (long)getpid());
	if ((a.file = open_new(aside)) == NULL)
		return STATUS_FAILED;
	ok = put_all(&p, &a, pg_value(rows, 0, 0));
	ok = written(&a, fclose(a.file) == 0) && ok;
	ok = ok && read_back(in, aside) && written(&a, rename(aside, to) == 0);
	if (!ok) {
		unlink(aside);
		return STATUS_FAILED;
	}
	if (p.nmissing > 0)
		warnx("%lld files are missing; the archive has their names, "
		      "but not their contents",
		    p.nmissing);
	printf("%s  %s\n", archive_sum(&p), to);
	return STATUS_OK;
}

enum status
org_checksum(struct invocation *in)
{
	const char *id = org_find(in);
	struct archive p;
	bool ok;
	int i;

	if (id == NULL || !archive_init(&p, in, id))
		return STATUS_FAILED;
	ok = begin_snapshot(&p) && archive_walk(&p, NULL);
	if (!pg_run(p.pg, "ROLLBACK") || !ok)
		return STATUS_FAILED;
	for (i = 0; i < p.nparts; i++)
		if (p.parts[i].summed)
			printf("%s  %s (%lld)\n", p.parts[i].sha256,
			    p.parts[i].name, p.parts[i].rows);
	printf("%s  all\n", archive_sum(&p));
	return STATUS_OK;
}
