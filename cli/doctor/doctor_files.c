/* A tenantry doctor check: the uploaded files exist and nginx can read them. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "lib/base/arena.h"

#define DEFAULT_FOLDER "/var/lib/tenantry/uploads"

/* Who reads the files in a folder. */
struct reader {
	bool owner; /* the owner: the web server runs as this user */
	bool group; /* group members; otherwise all users */
	gid_t gid;
};

/*
 * Finds who reads a folder's files. The members of its group read them if all
 * users may enter the parent folder, or if both folders have the same group.
 */
static struct reader
find_reader(const struct stat *above, const struct stat *folder)
{
	return (struct reader){
		.owner = (above->st_mode & (S_IXGRP | S_IXOTH)) == 0,
		.group = (above->st_mode & S_IXOTH) != 0 ||
		    folder->st_gid == above->st_gid,
		.gid = folder->st_gid,
	};
}

static bool
can_read(const struct reader *r, const struct stat *s)
{
	mode_t others = S_ISDIR(s->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
	mode_t members = S_ISDIR(s->st_mode) ? S_IRGRP | S_IXGRP : S_IRGRP;

	return r->owner || (s->st_mode & others) == others ||
	    (r->group && s->st_gid == r->gid &&
		(s->st_mode & members) == members);
}

struct findings {
	int missing, hidden;
	const char *example; /* a file that is missing or hidden */
};

static void
look_at(struct doctor *d, const char *folder, const char *name,
    const struct reader *r, struct findings *found)
{
	const char *within = arena_printf(d->arena, "%s/%.2s", folder, name);
	const char *path = arena_printf(d->arena, "%s/%s", within, name);
	struct stat file, above;

	if (stat(path, &file) == -1 || stat(within, &above) == -1)
		found->missing++;
	else if (!can_read(r, &file) || !can_read(r, &above))
		found->hidden++;
	else
		return;
	if (found->example == NULL)
		found->example = name;
}

static void
report_findings(
    struct doctor *d, const char *folder, const struct findings *f, int n)
{
	if (f->missing > 0)
		report(d, VERDICT_FAIL, "files",
		    "%d of %d files of rows are not in %s, such as %s; restore "
		    "them from a backup, or, with several hosts, share this "
		    "folder",
		    f->missing, n, folder, f->example);
	if (f->hidden > 0)
		report(d, VERDICT_FAIL, "files",
		    "nginx cannot read %d of %d files in %s, such as %s; give "
		    "them the group of the folder, and chmod -R g+rX",
		    f->hidden, n, folder, f->example);
	if (f->missing == 0 && f->hidden == 0)
		report(d, VERDICT_OK, "files", "the newest %d of rows", n);
}

static void
check_folder(struct doctor *d, const char *folder, const struct pg_rows *rows)
{
	const char *parent = arena_printf(d->arena, "%s/..", folder);
	struct findings found = { 0 };
	struct stat at, above;
	struct reader reader;
	int i;

	if (stat(folder, &at) == -1 || stat(parent, &above) == -1) {
		report(d, VERDICT_FAIL, "files",
		    "%s: %s; uploads and downloads fail: restore it from a "
		    "backup, or create it with systemd-tmpfiles --create",
		    folder, strerror(errno));
		return;
	}
	reader = find_reader(&above, &at);
	if (!can_read(&reader, &at)) {
		report(d, VERDICT_FAIL, "files",
		    "nginx cannot read %s: its group or mode is wrong, so "
		    "downloads fail; run systemd-tmpfiles --create",
		    folder);
		return;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		look_at(d, folder, pg_value(rows, i, 0), &reader, &found);
	report_findings(d, folder, &found, pg_nrows(rows));
}

/*
 * Checks the files. check_schema() reports a schema that is too old for this
 * check.
 */
void
check_files(struct doctor *d)
{
	const struct pg_rows *rows = pg_query(d->pg,
	    "SELECT f.name FROM ops.file f WHERE f.place = 'local' "
	    "AND NOT f.removing ORDER BY f.created_at DESC LIMIT 10000",
	    0, NULL);
	const char *folder = getenv("UPLOAD_DIR");

	if (folder == NULL || *folder == '\0')
		folder = DEFAULT_FOLDER;
	if (rows == NULL)
		report(d, VERDICT_FAIL, "files", "%s", pg_reason(d->pg));
	else if (pg_nrows(rows) == 0)
		report(d, VERDICT_OK, "files", "no row has a file on a disk");
	else
		check_folder(d, folder, rows);
}
