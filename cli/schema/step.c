/* Reads the migrations folder and checks that no migration is missing. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/script.h"
#include "cli/schema/step.h"
#include "lib/base/arena.h"

#define SQL       ".sql"
#define DOWN      "-- down\n" /* the line before the SQL that reverts the step */
#define NOT_BACK  "-- incompatible: "
#define STEPS_MAX 999 /* three digits keep the folder sorted */

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/*
 * Returns the number before the underscore. Returns 0 unless it has three
 * digits.
 */
static int
version_of(const char *file)
{
	if (strspn(file, "0123456789") != 3 || file[3] != '_')
		return 0;
	return (int)strtol(file, NULL, 10);
}

/*
 * Adds a file to the steps. On an error, reports it on stderr and returns
 * false.
 */
static bool
add_step(struct arena *a, const char *dir, const char *file, struct step *all)
{
	int version = version_of(file);
	struct step *s;

	if (version == 0) {
		warnx("%s/%s: not a name of a migration; write NNN_name" SQL,
		    dir, file);
		return false;
	}
	s = &all[version - 1];
	if (s->name != NULL) {
		warnx("%s: %s" SQL " and %s have the same number; renumber one",
		    dir, s->name, file);
		return false;
	}
	s->version = version;
	s->name = arena_strndup(a, file, strlen(file) - strlen(SQL));
	s->path = arena_printf(a, "%s/%s", dir, file);
	return true;
}

static bool
add_steps(struct arena *a, const char *dir, DIR *d, struct step *all)
{
	const struct dirent *e;

	while (errno = 0, (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && ends_with(e->d_name, SQL) &&
		    !add_step(a, dir, e->d_name, all))
			return false;
	if (errno != 0)
		warn("%s", dir);
	return errno == 0;
}

/* Returns the first line that begins with this text, or NULL. */
static const char *
find_line(const char *sql, const char *begin)
{
	const char *p = sql;

	while ((p = strstr(p, begin)) != NULL && p != sql && p[-1] != '\n')
		p++;
	return p;
}

/* Returns the rest of the line that begins with this text, or NULL. */
static const char *
header(struct arena *a, const char *sql, const char *begin)
{
	const char *line = find_line(sql, begin);

	if (line == NULL)
		return NULL;
	line += strlen(begin);
	return arena_strndup(a, line, strcspn(line, "\n"));
}

/*
 * Returns the SQL after the first line if that line is a command of psql, which
 * keeps psql from running a step. The checksum does not include the line.
 */
static const char *
after_command(const char *sql)
{
	const char *end = *sql == '\\' ? strchr(sql, '\n') : NULL;

	return end != NULL ? end + 1 : sql;
}

/* Reads a step. The line numbers in both parts are those in the file. */
static bool
read_step(struct arena *a, struct step *s)
{
	const char *sql = script_read(a, s->path), *down, *body;
	char *padded, *p;

	if (sql == NULL)
		return false;
	body = after_command(sql);
	if ((down = find_line(sql, DOWN)) == NULL) {
		warnx("%s: has no way down; write it after a line \"-- down\"",
		    s->path);
		return false;
	}
	s->up = arena_strndup(a, body, (size_t)(down - body));
	s->sum = script_sum(a, s->up);
	if (body != sql)
		s->up = arena_printf(a, "\n%s", s->up);
	padded = arena_strdup(a, sql);
	for (p = padded; p < padded + (down - sql); p++)
		if (*p != '\n')
			*p = ' ';
	s->down = padded;
	s->incompatible = header(a, s->up, NOT_BACK);
	s->needs = needs_read(a, s->up);
	return true;
}

/* Reads the steps from 1 to the last one. No step may be missing. */
static bool
read_steps(struct arena *a, const char *dir, struct steps *steps)
{
	int i;

	for (i = 0; i < steps->n; i++) {
		if (steps->all[i].name == NULL) {
			warnx("%s: number %03d is missing; the steps go from "
			      "001 to %s",
			    dir, i + 1, steps->all[steps->n - 1].name);
			return false;
		}
		if (!read_step(a, &steps->all[i]))
			return false;
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
	ok = add_steps(a, dir, d, steps->all);
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
	return ok && read_steps(a, dir, steps);
}
