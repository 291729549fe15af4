/* tenantry org import: creates an organization from an archive. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/archive_read.h"
#include "cli/operator.h"
#include "cli/pg.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define LINES_MAX 200     /* of one batch */
#define BATCH_MAX 1048576 /* bytes; one line may be larger */

static bool
take(struct reading *r, const char *part, struct buf *lines)
{
	const char *params[] = { r->id, part, lines->data };

	if (lines->len == 0)
		return true;
	buf_puts(lines, "]");
	params[2] = lines->data;
	return operator_ask(r->in, "SELECT ops.archive_import_part($1, $2, $3)",
		   3, params) != NULL;
}

/* Creates the organization from the first line. */
static bool
found(struct reading *r, const char *line)
{
	const char *slug = command_value(r->in, OPTION_SLUG);
	const char *params[] = { line, slug, NULL };
	const struct pg_rows *rows;

	if (slug == NULL)
		params[1] = json_get_text(r->manifest, "slug");
	params[2] = json_get_text(r->manifest, "id");
	rows = operator_ask(r->in,
	    "SELECT ops.archive_create_organization($1, $2, $3::uuid)", 3,
	    params);
	if (rows == NULL)
		return false;
	r->id = arena_strdup(r->read.arena, pg_value(rows, 0, 0));
	return true;
}

/* Imports the next lines of a part; their number of bytes, or -1. */
static long long
take_lines(struct reading *r, const struct archive_part *part, long long left)
{
	long long done = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len = 0;
	struct buf b;
	bool ok = true;
	int n;

	buf_init(&b, r->read.pieces);
	for (n = 0; ok && n < LINES_MAX && done < left && b.len < BATCH_MAX;
	     n++) {
		if ((len = getline(&line, &size, r->file)) <= 0)
			break;
		done += len;
		line[len - 1] = '\0';
		if (strcmp(part->name, "organization") == 0) {
			ok = found(r, line);
			continue;
		}
		buf_puts(&b, b.len == 0 ? "[" : ",");
		buf_puts(&b, line);
	}
	free(line);
	ok = ok && (len > 0 || n > 0) && take(r, part->name, &b);
	arena_reset(r->read.pieces);
	return ok ? done : -1;
}

static bool
take_part(struct reading *r, const struct archive_part *part)
{
	long long left, done;

	if (r->id == NULL && strcmp(part->name, "organization") != 0)
		return archive_refuse(
		    "the first part is not the organization", NULL);
	if (fseeko(r->file, part->at, SEEK_SET) != 0)
		return false;
	pg_answer_into(r->in->pg, r->read.pieces);
	for (left = part->bytes; left > 0; left -= done)
		if ((done = take_lines(r, part, left)) <= 0)
			break;
	pg_answer_into(r->in->pg, r->read.arena);
	return left == 0;
}

/* Writes a file to UPLOAD_DIR. */
static bool
write_file(struct reading *r, const struct tar_entry *e)
{
	const char *path = archive_path(r->read.arena, e->name + 6);
	char *folder = arena_strdup(r->read.arena, path), *above;
	char hex[ARCHIVE_HEX];
	FILE *to;
	bool ok;
	int fd;

	*strrchr(folder, '/') = '\0';
	above = arena_strdup(r->read.arena, folder);
	*strrchr(above, '/') = '\0';
	if ((mkdir(above, 0750) == -1 && errno != EEXIST) ||
	    (mkdir(folder, 0750) == -1 && errno != EEXIST)) {
		warn("%s", folder);
		return false;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd == -1 || (to = fdopen(fd, "wb")) == NULL) {
		warn("%s", path);
		return false;
	}
	ok =
	    archive_content(r, e, to, hex) && fflush(to) == 0 && fsync(fd) == 0;
	r->nwritten++;
	return fclose(to) == 0 && ok;
}

/* Removes the files after a failure, so that a retry can write them. */
static void
remove_files(struct reading *r)
{
	struct tar_entry e;

	if (fseeko(r->file, r->files_at, SEEK_SET) != 0)
		return;
	for (; r->nwritten > 0 && tar_next(r->file, &e) == 1; r->nwritten--)
		if (unlink(archive_path(r->read.arena, e.name + 6)) == -1 ||
		    fseeko(r->file, e.size + (512 - e.size % 512) % 512,
			SEEK_CUR) != 0)
			return;
}

static bool
write_files(struct reading *r)
{
	struct tar_entry e;
	long long i;

	if (r->nfiles > 0 && fseeko(r->file, r->files_at, SEEK_SET) != 0)
		return false;
	for (i = 0; i < r->nfiles; i++) {
		if (tar_next(r->file, &e) != 1 || !write_file(r, &e))
			return false;
		arena_reset(r->read.pieces);
	}
	return true;
}

/* Compares the checksums of the imported parts with the archive. */
static bool
check_outcome(struct reading *r)
{
	struct archive now;
	int i, k;

	if (!archive_init(&now, r->in, r->id) || !archive_walk(&now, NULL))
		return false;
	for (i = 0; i < r->read.nparts; i++) {
		if (!r->read.parts[i].summed)
			continue;
		for (k = 0; k < now.nparts &&
		     strcmp(now.parts[k].name, r->read.parts[i].name) != 0;
		     k++)
			;
		if (k == now.nparts ||
		    strcmp(now.parts[k].sha256, r->read.parts[i].sha256) != 0) {
			warnx(
			    "part \"%s\" differs after the import; nothing was "
			    "imported",
			    r->read.parts[i].name);
			return false;
		}
	}
	return true;
}

static bool
take_all(struct reading *r)
{
	int i;

	if (!pg_run(r->in->pg, "BEGIN")) {
		pg_warn(r->in->pg, "could not begin");
		return false;
	}
	for (i = 0; i < r->read.nparts; i++)
		if (!take_part(r, &r->read.parts[i]))
			return false;
	if (!write_files(r) || !check_outcome(r))
		return false;
	if (pg_run(r->in->pg, "COMMIT"))
		return true;
	pg_warn(r->in->pg, "could not commit");
	r->uncertain = pg_lost(r->in->pg);
	return false;
}

enum status
org_import(struct invocation *in)
{
	const char *path = in->arguments[0];
	struct reading r = { .in = in };
	bool ok;

	if (!archive_init(&r.read, in, NULL))
		return STATUS_FAILED;
	if ((r.file = fopen(path, "rb")) == NULL ||
	    (r.lines = fopen(path, "rb")) == NULL) {
		warn("%s", path);
		return STATUS_FAILED;
	}
	ok = archive_check(&r) && take_all(&r);
	if (r.uncertain)
		warnx("the connection broke during COMMIT; \"tenantry org show "
		      "%s\" tells whether the organization was imported",
		    r.id);
	else if (!ok &&
	    (!pg_in_transaction(in->pg) || pg_run(in->pg, "ROLLBACK")))
		remove_files(&r);
	fclose(r.file);
	fclose(r.lines);
	if (!ok)
		return STATUS_FAILED;
	printf("%s  organization %s\n", archive_sum(&r.read), r.id);
	return STATUS_OK;
}
