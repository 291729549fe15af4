/* tenantry org import: creates an organization from an archive. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/archive/archive_read.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"

#define LINES_MAX 200     /* maximum number of lines per batch */
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

/*
 * Renames all files if one of their names is taken, by the exported
 * organization or by an earlier import. An organization removes only files with
 * its own names.
 */
static bool
choose_names(struct reading *r)
{
	const struct pg_rows *rows;
	const char *params[] = { r->names.data };
	size_t n = r->names.len / ARCHIVE_NAME, i;
	struct buf made;

	if (n == 0)
		return true;
	rows = operator_ask(r->in,
	    "SELECT EXISTS (SELECT FROM regexp_matches($1, '.{40}', 'g') m "
	    "JOIN ops.file f ON left(f.name, 40) = m[1])",
	    1, params);
	if (rows == NULL || *pg_value(rows, 0, 0) == 'f')
		return rows != NULL;
	buf_init(&made, r->read.arena);
	for (i = 0; i < n; i++)
		buf_puts(&made, token_hex(r->read.pieces, ARCHIVE_NAME / 2));
	qsort(r->names.data, n, ARCHIVE_NAME, archive_compare_names);
	qsort(made.data, n, ARCHIVE_NAME, archive_compare_names);
	r->renamed.old = r->names.data;
	r->renamed.new = made.data;
	r->renamed.n = n;
	return true;
}

/* Returns the path for a file in the archive. */
static const char *
file_path(struct reading *r, const struct tar_entry *e)
{
	char *name = arena_strdup(r->read.arena, e->name + 6);

	archive_rename(&r->renamed, "files", name, false);
	return archive_path(r->read.arena, name);
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
	    "SELECT ops.archive_create_organization($1, $2, $3::uuid), "
	    "$3::uuid",
	    3, params);
	if (rows == NULL)
		return false;
	r->id = arena_strdup(r->read.arena, pg_value(rows, 0, 0));
	r->renamed.old_id = arena_strdup(r->read.arena, pg_value(rows, 0, 1));
	r->renamed.new_id = r->id;
	return true;
}

/*
 * Imports the next lines of a part. Returns the number of bytes imported, or -1
 * on an error.
 */
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
		archive_rename(&r->renamed, part->name, line, false);
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

/* Creates a folder. On an error, prints a message and returns false. */
static bool
make_folder(const char *path)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return true;
	warn("%s", path);
	return false;
}

/*
 * Makes the owner of UPLOAD_DIR the owner of a file that root has written. The
 * workers run as this owner, and cannot read root's files.
 */
static bool
hand_over(struct reading *r, const char *path)
{
	return geteuid() != 0 ||
	    lchown(path, r->owner.st_uid, r->owner.st_gid) == 0;
}

static bool
find_owner(struct reading *r)
{
	const char *folder = archive_path(r->read.arena, "x");

	folder = arena_strndup(
	    r->read.arena, folder, strlen(folder) - strlen("/x/x"));
	if (geteuid() != 0 || stat(folder, &r->owner) == 0)
		return true;
	warn("%s: the folder of the files, whose owner they get", folder);
	return false;
}

/*
 * Creates a file. Prints a warning and returns NULL if the file exists or
 * cannot be created.
 */
static FILE *
create_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	FILE *to = fd != -1 ? fdopen(fd, "wb") : NULL;

	if (to != NULL)
		return to;
	warn("%s", path);
	if (fd != -1) {
		close(fd);
		unlink(path);
	}
	return NULL;
}

/* Writes a file to UPLOAD_DIR. */
static bool
write_file(struct reading *r, const struct tar_entry *e)
{
	const char *path = file_path(r, e);
	char *folder = arena_strdup(r->read.arena, path), *above;
	char hex[ARCHIVE_HEX];
	FILE *to;
	bool ok;

	*strrchr(folder, '/') = '\0';
	above = arena_strdup(r->read.arena, folder);
	*strrchr(above, '/') = '\0';
	if (!make_folder(above) || !make_folder(folder))
		return false;
	if ((to = create_file(path)) == NULL)
		return false;
	r->nwritten++;
	ok = hand_over(r, folder) && hand_over(r, path);
	if (!ok)
		warn("%s", path);
	ok = ok && archive_content(r, e, to, hex) && fflush(to) == 0 &&
	    fsync(fileno(to)) == 0;
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
		if (unlink(file_path(r, &e)) == -1 ||
		    fseeko(r->file, e.size + (512 - e.size % 512) % 512,
			SEEK_CUR) != 0)
			return;
}

static bool
write_files(struct reading *r)
{
	struct tar_entry e;
	long long i;

	if (r->nfiles > 0 &&
	    (fseeko(r->file, r->files_at, SEEK_SET) != 0 || !find_owner(r)))
		return false;
	for (i = 0; i < r->nfiles; i++) {
		if (tar_next(r->file, &e) != 1 || !write_file(r, &e))
			return false;
		arena_reset(r->read.pieces);
	}
	return true;
}

/*
 * Checks that a table has the archive's rows and, where checksums are portable,
 * the same checksum. This check does not trust the manifest.
 */
static bool
same_part(const struct archive_part *now, const struct archive_part *read)
{
	if (strchr(read->name, '/') != NULL && now->rows != read->rows)
		return false;
	return (!now->summed && !read->summed) ||
	    strcmp(now->sha256, read->sha256) == 0;
}

/* Compares the imported parts with the archive. */
static bool
check_outcome(struct reading *r)
{
	struct archive now;
	int i, k;

	if (!archive_init(&now, r->in, r->id))
		return false;
	now.names = &r->renamed;
	if (!archive_walk(&now, NULL))
		return false;
	for (i = 0; i < r->read.nparts; i++) {
		/*
		 * This part comes from an earlier release. Its rows have moved
		 * to a different part.
		 */
		if (strcmp(r->read.parts[i].name, "crm/import_keys") == 0)
			continue;
		for (k = 0; k < now.nparts &&
		     strcmp(now.parts[k].name, r->read.parts[i].name) != 0;
		     k++)
			;
		if (k == now.nparts ||
		    !same_part(&now.parts[k], &r->read.parts[i])) {
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
	if (!choose_names(r))
		return false;
	for (i = 0; i < r->read.nparts; i++)
		if (!take_part(r, &r->read.parts[i]))
			return false;
	if (!write_files(r) || !check_outcome(r) ||
	    operator_ask(r->in,
		"SELECT crm.adopt_choices(), crm.repair_links()", 0,
		NULL) == NULL)
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
	buf_init(&r.names, r.read.arena);
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
	if (r.renamed.n > 0)
		warnx("%zu files have new names, because theirs are taken",
		    r.renamed.n);
	printf("%s  organization %s\n", archive_sum(&r.read), r.id);
	return STATUS_OK;
}
