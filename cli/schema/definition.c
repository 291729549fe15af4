/* Reads the files in schema/ and sorts them by their dependencies. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/script.h"
#include "cli/schema/callers.h"
#include "cli/schema/definition.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define NEEDS   "-- needs:"
#define CONTEXT "ops/request.sql" /* a file that every function may query */
#define ALL_MAX 2000

enum { UNSEEN, OPEN, PLACED };

static void
add_need(struct arena *a, struct needs *needs, const char *name)
{
	const char **names =
	    arena_array(a, (size_t)needs->n + 1, sizeof *names);

	memcpy(names, needs->names, (size_t)needs->n * sizeof *names);
	names[needs->n++] = name;
	needs->names = names;
}

struct needs
needs_read(struct arena *a, const char *sql)
{
	struct needs needs = { arena_array(a, 1, sizeof *needs.names), 0 };
	const char *p = sql, *end;
	size_t len;

	for (; p != NULL; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, NEEDS, strlen(NEEDS)) != 0)
			continue;
		end = p + strcspn(p, "\n");
		for (p += strlen(NEEDS); p < end; p += len) {
			p += strspn(p, " \t");
			if ((len = strcspn(p, " \t\n")) == 0)
				break;
			add_need(a, &needs, arena_strndup(a, p, len));
		}
		p = end;
	}
	return needs;
}

static int
by_name(const void *a, const void *b)
{
	const struct definition *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool
is_sql(const char *file)
{
	size_t len = strlen(file);

	return file[0] != '.' && len > 4 && strcmp(file + len - 4, ".sql") == 0;
}

static bool
add_file(struct arena *a, const char *dir, const char *name,
    struct definitions *defs)
{
	struct definition *d = arena_alloc(a, sizeof *d);

	d->name = name;
	d->path = arena_printf(a, "%s/schema/%s", dir, name);
	if ((d->sql = script_read(a, d->path)) == NULL)
		return false;
	if (d->sql[0] == '\0') {
		warnx("%s: is empty; delete the file", d->path);
		return false;
	}
	if (defs->n == ALL_MAX) {
		warnx("%s/schema: more than %d files", dir, ALL_MAX);
		return false;
	}
	d->needs = needs_read(a, d->sql);
	if ((d->sql = callers_grant(a, d->path, d->sql)) == NULL)
		return false;
	defs->all[defs->n++] = d;
	return true;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Adds the files in a folder, or in its subfolders. */
static bool
add_folder(struct arena *a, const char *dir, const char *folder,
    struct definitions *defs)
{
	const char *path = arena_printf(a, "%s/schema/%s", dir, folder);
	const struct dirent *e;
	DIR *d = opendir(path);
	bool ok = true;

	if (d == NULL && errno == ENOENT && *folder == '\0')
		return true;
	if (d == NULL) {
		warn("%s", path);
		return false;
	}
	while (ok && (errno = 0, (e = readdir(d)) != NULL)) {
		if (*folder == '\0' && is_sql(e->d_name)) {
			warnx("%s/%s: must be in a folder of schema/", path,
			    e->d_name);
			ok = false;
		} else if (*folder == '\0' && e->d_name[0] != '.' &&
		    is_folder(arena_printf(a, "%s/%s", path, e->d_name)))
			ok = add_folder(
			    a, dir, arena_strdup(a, e->d_name), defs);
		else if (*folder != '\0' && is_sql(e->d_name))
			ok = add_file(a, dir,
			    arena_printf(a, "%s/%s", folder, e->d_name), defs);
	}
	if (ok && errno != 0) {
		warn("%s", path);
		ok = false;
	}
	closedir(d);
	return ok;
}

struct definition *
definition_find(const struct definitions *defs, const char *name)
{
	int i;

	for (i = 0; i < defs->n; i++)
		if (strcmp(defs->all[i]->name, name) == 0)
			return defs->all[i];
	return NULL;
}

/*
 * Appends d after the files that it needs. Its checksum includes their
 * checksums.
 */
static bool
place(struct arena *a, const struct definitions *defs, struct definition *d,
    struct definitions *sorted)
{
	struct definition *need;
	struct buf text;
	int i;

	if (d->mark == OPEN)
		warnx(
		    "%s: needs itself, directly or by what it needs", d->path);
	if (d->mark != UNSEEN)
		return d->mark == PLACED;
	d->mark = OPEN;
	buf_init(&text, a);
	buf_puts(&text, d->sql);
	for (i = 0; i < d->needs.n; i++) {
		need = definition_find(defs, d->needs.names[i]);
		if (need == NULL) {
			warnx("%s: needs %s, which does not exist", d->path,
			    d->needs.names[i]);
			return false;
		}
		if (!place(a, defs, need, sorted))
			return false;
		buf_printf(&text, "\n%s", need->sum);
	}
	d->sum = script_sum(a, text.data);
	d->mark = PLACED;
	sorted->all[sorted->n++] = d;
	return true;
}

bool
definitions_read(struct arena *a, const char *dir, struct definitions *sorted)
{
	struct definitions defs = { arena_array(a, ALL_MAX, sizeof *defs.all),
		0 };
	const struct definition *context;
	int i;

	if (!add_folder(a, dir, "", &defs))
		return false;
	qsort(defs.all, (size_t)defs.n, sizeof *defs.all, by_name);
	context = definition_find(&defs, CONTEXT);
	for (i = 0; context != NULL && i < defs.n; i++)
		if (defs.all[i] != context)
			add_need(a, &defs.all[i]->needs, CONTEXT);
	sorted->all = arena_array(a, (size_t)defs.n + 1, sizeof *sorted->all);
	sorted->n = 0;
	for (i = 0; i < defs.n; i++)
		if (!place(a, &defs, defs.all[i], sorted))
			return false;
	return true;
}
