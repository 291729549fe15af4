/* The folder of migrations, read and found in order before anything runs. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/script.h"
#include "cli/step.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"

#define UP        ".up.sql"
#define DOWN      ".down.sql"
#define STEPS_MAX 999 /* three digits keep the folder sorted */

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The number before the underscore; 0 unless it has three digits. */
static int
version_of(const char *file)
{
	if (strspn(file, "0123456789") != 3 || file[3] != '_')
		return 0;
	return (int)strtol(file, NULL, 10);
}

/* Puts one file where it belongs; false when it belongs nowhere. */
static bool
place(struct arena *a, const char *dir, const char *file, struct step *all)
{
	const char *end = ends_with(file, UP) ? UP : DOWN;
	int version = version_of(file);
	const char **path, *name;
	struct step *s;

	if (version == 0 || !ends_with(file, end)) {
		warnx("%s/%s: not a name of a migration; write "
		      "NNN_name" UP " and NNN_name" DOWN,
		    dir, file);
		return false;
	}
	s = &all[version - 1];
	name = arena_strndup(a, file, strlen(file) - strlen(end));
	if (s->name != NULL && strcmp(s->name, name) != 0) {
		warnx("%s: %s and %s have the same number; renumber one", dir,
		    s->name, name);
		return false;
	}
	s->version = version;
	s->name = name;
	path = strcmp(end, UP) == 0 ? &s->up : &s->down;
	*path = arena_printf(a, "%s/%s", dir, file);
	return true;
}

static bool
places(struct arena *a, const char *dir, DIR *d, struct step *all)
{
	const struct dirent *e;

	while (errno = 0, (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && ends_with(e->d_name, ".sql") &&
		    !place(a, dir, e->d_name, all))
			return false;
	if (errno != 0)
		warn("%s", dir);
	return errno == 0;
}

/* Both ways of each number from 1 to the last one must be there. */
static bool
complete(struct arena *a, const char *dir, struct steps *steps)
{
	struct step *s;
	int i;

	for (i = 0; i < steps->n; i++) {
		s = &steps->all[i];
		if (s->name == NULL) {
			warnx("%s: number %03d is missing; the steps go from "
			      "001 to %s",
			    dir, i + 1, steps->all[steps->n - 1].name);
			return false;
		}
		if (s->up == NULL || s->down == NULL) {
			warnx("%s: %s%s is missing; each step has a way up "
			      "and a way down",
			    dir, s->name, s->up == NULL ? UP : DOWN);
			return false;
		}
		if ((s->sql = script_read(a, s->up)) == NULL)
			return false;
		s->sum = script_sum(a, s->sql);
		s->needs = needs_read(a, s->sql);
	}
	return true;
}

bool
steps_read(struct arena *a, const char *folder, struct steps *steps)
{
	const char *dir = arena_printf(a, "%s/migrations", folder);
	DIR *d = opendir(dir);
	bool ok;
	int i;

	if (d == NULL) {
		warn("the folder of migrations, %s", dir);
		return false;
	}
	steps->all = arena_array(a, STEPS_MAX, sizeof *steps->all);
	steps->n = 0;
	ok = places(a, dir, d, steps->all);
	closedir(d);
	for (i = 0; ok && i < STEPS_MAX; i++)
		if (steps->all[i].name != NULL)
			steps->n = i + 1;
	if (ok && steps->n == 0) {
		warnx("%s: no migrations here; name the folder above it with "
		      "--dir",
		    dir);
		return false;
	}
	return ok && complete(a, dir, steps);
}
