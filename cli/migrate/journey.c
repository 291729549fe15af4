/* Reads a journey's files: checks, steps and rules. */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/script.h"
#include "cli/migrate/journey.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/version.h"

#define SQL       ".sql"
#define FILES_MAX 999

static const char *const headers[] = { "kind", "on", "needs", "inspect",
	"choices", "default", "source", "seal", "secret", "overwrites",
	"verdict", "each", "carried", "all", "purged", "people", NULL };

static const char *const sections[SECTION__MAX] = {
	[SECTION_READ] = "read",
	[SECTION_PRECONDITION] = "precondition",
	[SECTION_FETCH] = "fetch",
	[SECTION_REJECT] = "reject",
	[SECTION_FORWARD] = "forward",
	[SECTION_KNOWN] = "known",
	[SECTION_COMPARE] = "compare",
	[SECTION_VERIFY] = "verify",
	[SECTION_REVERSE] = "reverse",
	[SECTION_EXPORT] = "export",
	[SECTION_RETURN] = "return",
};

/* A line of a file, without the newline. */
struct line {
	const char *text;
	size_t len;
};

static bool
next_line(const char **rest, struct line *line)
{
	if (**rest == '\0')
		return false;
	line->text = *rest;
	line->len = strcspn(*rest, "\n");
	*rest += line->len + ((*rest)[line->len] == '\n');
	return true;
}

/* Returns the text of a comment line, or NULL for any other line. */
static const char *
comment(struct arena *a, const struct line *line)
{
	if (line->len < 2 || strncmp(line->text, "--", 2) != 0)
		return NULL;
	return line->len < 3 ? ""
			     : arena_strndup(a, line->text + 3, line->len - 3);
}

/*
 * Parses "name: value" if it is a known header. Returns false if there are too
 * many headers.
 */
static bool
add_header(struct arena *a, struct journey_file *f, const char *text)
{
	const char *const *name;
	size_t len;

	for (name = headers; *name != NULL; name++) {
		len = strlen(*name);
		if (strncmp(text, *name, len) != 0 || text[len] != ':')
			continue;
		if (f->nheaders == JOURNEY_HEADERS) {
			warnx("%s: too many headers", f->path);
			return false;
		}
		text += len + 1;
		f->headers[f->nheaders++] = (struct journey_header){ *name,
			arena_strdup(a, text + strspn(text, " ")) };
		break;
	}
	return true;
}

static enum journey_section
section_of(const char *text)
{
	int i;

	for (i = SECTION_READ; i < SECTION__MAX; i++)
		if (strcmp(text, sections[i]) == 0)
			return (enum journey_section)i;
	return SECTION_BODY;
}

/*
 * Returns the SQL without trailing white space and semicolons, or NULL if
 * nothing remains.
 */
static const char *
trimmed(struct buf *sql)
{
	while (
	    sql->len > 0 && strchr(" \t\n;", sql->data[sql->len - 1]) != NULL)
		sql->data[--sql->len] = '\0';
	return strspn(sql->data, " \t\n") < sql->len ? sql->data : NULL;
}

/*
 * Reads the lines after the comment. Lines from other sections become empty, so
 * that errors have the file's line numbers.
 */
static bool
read_sections(struct arena *a, struct journey_file *f, const char *rest,
    int before, bool step)
{
	enum journey_section current = SECTION_BODY, next;
	struct buf sql[SECTION__MAX];
	const char *text;
	struct line line;
	int i, n = before;

	for (i = 0; i < SECTION__MAX; i++)
		buf_init(&sql[i], a);
	while (next_line(&rest, &line)) {
		n++;
		text = comment(a, &line);
		next = step && text != NULL ? section_of(text) : SECTION_BODY;
		if (next != SECTION_BODY) {
			current = next;
			if (sql[next].len > 0) {
				warnx("%s:%d: section %s occurs twice", f->path,
				    n, text);
				return false;
			}
			for (i = 0; i < n; i++)
				buf_puts(&sql[next], "\n");
			continue;
		}
		if (current == SECTION_BODY && !step && sql[0].len == 0)
			for (i = 1; i < n; i++)
				buf_puts(&sql[0], "\n");
		buf_write(&sql[current], line.text, line.len);
		buf_puts(&sql[current], "\n");
	}
	for (i = 0; i < SECTION__MAX; i++)
		f->sections[i] = trimmed(&sql[i]);
	return true;
}

static bool
complain(const struct journey_file *f, const char *what)
{
	warnx("%s: %s; see journeys/README.md", f->path, what);
	return false;
}

static bool
complete(const struct journey_file *f, bool step)
{
	if (f->title == NULL || *f->title == '\0')
		return complain(f, "does not begin with a comment");
	if (!step)
		return f->sections[SECTION_BODY] != NULL ||
		    complain(f, "has no query");
	if (f->sections[SECTION_BODY] != NULL)
		return complain(f, "has SQL before its first section");
	if (f->sections[SECTION_FORWARD] == NULL ||
	    f->sections[SECTION_REVERSE] == NULL)
		return complain(f, "needs the sections forward and reverse");
	if (f->sections[SECTION_READ] != NULL &&
	    f->sections[SECTION_COMPARE] == NULL)
		return complain(f, "needs the section compare, as it reads");
	return true;
}

static bool
read_file(struct arena *a, struct journey_file *f, bool step, struct buf *all)
{
	const char *rest = script_read(a, f->path), *before, *text;
	struct line line;
	int n = 0;

	if (rest == NULL)
		return false;
	buf_printf(all, "%s\n%s\n", f->name, rest);
	for (before = rest; next_line(&rest, &line); before = rest, n++) {
		text = comment(a, &line);
		if (text == NULL || (step && section_of(text) != SECTION_BODY))
			break;
		if (n == 0)
			f->title = text;
		else if (!add_header(a, f, text))
			return false;
	}
	return read_sections(a, f, before, n, step) && complete(f, step);
}

static int
by_name(const void *x, const void *y)
{
	const struct journey_file *a = x, *b = y;

	return strcmp(a->name, b->name);
}

/* --- journey.conf */

/* Adds a file from another journey, "supabase/steps/030_users.sql". */
static bool
use_file(struct arena *a, struct journey *j, const char *dir, const char *name)
{
	static const char *const kinds[] = { "checks", "steps", "rules" };
	struct journey_files *const lists[] = { &j->checks, &j->steps,
		&j->rules };
	const char *kind = strchr(name, '/'), *file;
	size_t i, len;

	file = kind != NULL ? strchr(kind + 1, '/') : NULL;
	len = file != NULL ? strlen(file + 1) : 0;
	for (i = 0; len > strlen(SQL) && i < 3; i++) {
		if (strncmp(kind + 1, kinds[i], strlen(kinds[i])) != 0 ||
		    kind + 1 + strlen(kinds[i]) != file ||
		    lists[i]->n == FILES_MAX)
			continue;
		lists[i]->all[lists[i]->n++] = (struct journey_file){
			.number = (int)strtol(file + 1, NULL, 10),
			.name = arena_strndup(a, file + 1, len - strlen(SQL)),
			.path = arena_printf(a, "%s/journeys/%s", dir, name),
		};
		return true;
	}
	return false;
}

static bool
read_instead(struct arena *a, struct journey *j, const char *rest)
{
	struct journey_instead *instead = &j->insteads[j->ninsteads];

	if (j->ninsteads == JOURNEY_INSTEADS)
		return false;
	instead->table = journey_word(a, &rest);
	instead->text = rest + strspn(rest, " ");
	j->ninsteads++;
	return instead->table != NULL && *instead->text != '\0';
}

static bool
read_prefix(struct arena *a, struct journey *j, const char *rest)
{
	struct journey_prefix *prefix = &j->prefixes[j->nprefixes];

	if (j->nprefixes == JOURNEY_PREFIXES)
		return false;
	prefix->old = journey_word(a, &rest);
	prefix->current = journey_word(a, &rest);
	j->nprefixes++;
	return prefix->old != NULL && prefix->current != NULL &&
	    journey_word(a, &rest) == NULL;
}

/*
 * Reads "setting VARIABLE VALUE". The value applies if the variable is not set.
 */
static bool
read_setting(struct arena *a, struct journey *j, const char *rest)
{
	struct journey_setting *setting = &j->settings[j->nsettings];

	if (j->nsettings == JOURNEY_SETTINGS)
		return false;
	setting->variable = journey_word(a, &rest);
	setting->fallback = journey_word(a, &rest);
	j->nsettings++;
	return setting->variable != NULL && journey_word(a, &rest) == NULL;
}

/* Reads "table NAME COLUMN:TYPE...", and the column names. */
static bool
read_table(struct arena *a, struct journey *j, const char *rest)
{
	struct journey_table *t = &j->tables[j->ntables];
	const char *list, *word;
	struct buf names;

	if (j->ntables == JOURNEY_TABLES)
		return false;
	buf_init(&names, a);
	t->name = journey_word(a, &rest);
	t->columns = list = rest;
	while ((word = journey_word(a, &list)) != NULL)
		buf_printf(&names, "%.*s ", (int)strcspn(word, ":"), word);
	t->names = names.data;
	j->ntables++;
	return t->name != NULL && names.len > 0;
}

/* Reads "rest TABLE TEXT", which must follow the table's line. */
static bool
read_rest(struct arena *a, struct journey *j, const char *rest)
{
	const char *name = journey_word(a, &rest);
	int i;

	for (i = 0; name != NULL && i < j->ntables; i++)
		if (strcmp(j->tables[i].name, name) == 0) {
			j->tables[i].rest = rest + strspn(rest, " ");
			return true;
		}
	return false;
}

/* Reads a line that has at least two parts. */
static bool
read_line(const char **lines, int *n, const char *rest)
{
	if (*n == JOURNEY_LINES || strchr(rest, ' ') == NULL)
		return false;
	lines[(*n)++] = rest;
	return true;
}

/* Reads a line about the plan's mapping. */
static bool
read_mapping_line(struct arena *a, struct journey *j, const char *text)
{
	if (strncmp(text, "table ", 6) == 0)
		return read_table(a, j, text + 6);
	if (strncmp(text, "rest ", 5) == 0)
		return read_rest(a, j, text + 5);
	if (strncmp(text, "like ", 5) == 0)
		return read_line(j->likes, &j->nlikes, text + 5);
	if (strncmp(text, "skip ", 5) == 0 || strncmp(text, "archive ", 8) == 0)
		return strchr(strchr(text, ' ') + 1, ' ') != NULL &&
		    read_line(j->decided, &j->ndecided, text);
	if (strncmp(text, "application ", 12) == 0) {
		j->application = text + 12;
		return true;
	}
	if (strncmp(text, "platform ", 9) == 0) {
		j->platform = text + 9;
		return true;
	}
	return false;
}

static bool
read_conf_line(
    struct arena *a, struct journey *j, const char *dir, const char *text)
{
	if (strncmp(text, "use ", 4) == 0)
		return use_file(a, j, dir, text + 4);
	if (strncmp(text, "instead ", 8) == 0)
		return read_instead(a, j, text + 8);
	if (strncmp(text, "environment ", 12) == 0)
		return read_prefix(a, j, text + 12);
	if (strncmp(text, "setting ", 8) == 0)
		return read_setting(a, j, text + 8);
	if (strcmp(text, "source target") == 0)
		return j->within = true;
	if (strncmp(text, "organization ", 13) == 0) {
		j->organization = text + 13;
		return true;
	}
	return *text == '#' || *text == '\0' || read_mapping_line(a, j, text);
}

/* Reads the lines of journey.conf. The file may be missing. */
static bool
read_conf(struct arena *a, struct journey *j, const char *dir, struct buf *all)
{
	const char *path =
	    arena_printf(a, "%s/journeys/%s/journey.conf", dir, j->name);
	const char *rest, *text;
	struct line line;
	int n;

	if (access(path, F_OK) != 0)
		return true;
	if ((rest = script_read(a, path)) == NULL)
		return false;
	buf_puts(all, rest);
	for (n = 1; next_line(&rest, &line); n++) {
		text = arena_strndup(a, line.text, line.len);
		if (!read_conf_line(a, j, dir, text)) {
			warnx("%s:%d: see journeys/README.md", path, n);
			return false;
		}
	}
	return true;
}

/* --- The folders */

/* Lists a folder's files. The folder may be missing. */
static bool
list_files(struct arena *a, const char *folder, struct journey_files *files)
{
	const struct dirent *e;
	DIR *d = opendir(folder);
	size_t len;

	if (d == NULL) {
		if (errno == ENOENT)
			return true;
		warn("%s", folder);
		return false;
	}
	while (files->n < FILES_MAX && (e = readdir(d)) != NULL) {
		len = strlen(e->d_name);
		if (len <= strlen(SQL) || e->d_name[0] == '.' ||
		    strcmp(e->d_name + len - strlen(SQL), SQL) != 0)
			continue;
		files->all[files->n++] = (struct journey_file){
			.number = (int)strtol(e->d_name, NULL, 10),
			.name = arena_strndup(a, e->d_name, len - strlen(SQL)),
			.path = arena_printf(a, "%s/%s", folder, e->d_name),
		};
	}
	closedir(d);
	if (files->n == FILES_MAX) {
		warnx("%s: %d files or more", folder, FILES_MAX);
		return false;
	}
	qsort(files->all, (size_t)files->n, sizeof *files->all, by_name);
	return true;
}

/* --- One file for several steps */

/* Replaces ":each" in the text with the word. NULL remains NULL. */
static const char *
filled_in(struct arena *a, const char *text, const char *word)
{
	static const char place[] = ":each";
	const char *found;
	struct buf b;

	if (text == NULL || strstr(text, place) == NULL)
		return text;
	buf_init(&b, a);
	for (; (found = strstr(text, place)) != NULL;
	     text = found + strlen(place)) {
		buf_write(&b, text, (size_t)(found - text));
		buf_puts(&b, word);
	}
	buf_puts(&b, text);
	return b.data;
}

/*
 * Makes the step for the nth word. The step has the next number, and its name
 * contains the word.
 */
static void
fill_in(struct arena *a, struct journey_file *f, const char *word, int n)
{
	int i;

	f->number += n;
	f->name = arena_printf(a, "%03d_%s", f->number, word);
	f->title = filled_in(a, f->title, word);
	for (i = 0; i < f->nheaders; i++)
		f->headers[i].value = filled_in(a, f->headers[i].value, word);
	for (i = 0; i < SECTION__MAX; i++)
		f->sections[i] = filled_in(a, f->sections[i], word);
}

/* Replaces the file with a step for each word in the "each" header. */
static bool
expand_files(struct arena *a, struct journey_files *files)
{
	struct journey_file *all = arena_array(a, FILES_MAX, sizeof *all);
	const char *words, *word;
	int i, k, n = 0;

	for (i = 0; i < files->n; i++) {
		words = journey_header(&files->all[i], "each");
		word = words != NULL ? journey_word(a, &words) : NULL;
		for (k = 0; k == 0 || word != NULL; k++, n++) {
			if (n == FILES_MAX)
				return complain(
				    &files->all[i], "is one step too many");
			all[n] = files->all[i];
			if (word != NULL)
				fill_in(a, &all[n], word, k);
			if (n > 0 && all[n].number <= all[n - 1].number)
				return complain(
				    &all[n], "has the number of another step");
			word = words != NULL ? journey_word(a, &words) : NULL;
		}
	}
	files->all = all;
	files->n = n;
	return true;
}

static bool
read_files(struct arena *a, const char *folder, bool steps,
    struct journey_files *files, struct buf *all)
{
	struct journey_file *f;
	int i;

	if (!list_files(a, folder, files))
		return false;
	for (i = 0; i < files->n; i++) {
		f = &files->all[i];
		if (steps && f->number == 0)
			return complain(f, "has no number in its name");
		if (!read_file(a, f, steps, all))
			return false;
	}
	return !steps || expand_files(a, files);
}

const struct journey *
journey_read(struct arena *a, const char *dir, const char *name)
{
	struct journey *j = arena_alloc(a, sizeof *j);
	const char *folder = arena_printf(a, "%s/journeys/%s", dir, name);
	struct buf all;

	j->name = name;
	j->tables = arena_array(a, JOURNEY_TABLES, sizeof *j->tables);
	buf_init(&all, a);
	j->checks.all = arena_array(a, FILES_MAX, sizeof *j->checks.all);
	j->steps.all = arena_array(a, FILES_MAX, sizeof *j->steps.all);
	j->rules.all = arena_array(a, FILES_MAX, sizeof *j->rules.all);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		strlen(name) ||
	    !read_conf(a, j, dir, &all) ||
	    !read_files(a, arena_printf(a, "%s/checks", folder), false,
		&j->checks, &all) ||
	    !read_files(a, arena_printf(a, "%s/steps", folder), true, &j->steps,
		&all) ||
	    !read_files(
		a, arena_printf(a, "%s/rules", folder), false, &j->rules, &all))
		return NULL;
	if (j->steps.n == 0) {
		warnx("there is no journey \"%s\" in %s/journeys", name, dir);
		return NULL;
	}
	j->version = arena_printf(
	    a, "%s+%.12s", TENANTRY_VERSION, script_sum(a, all.data));
	return j;
}

const char *
journey_header(const struct journey_file *f, const char *name)
{
	int i;

	for (i = 0; i < f->nheaders; i++)
		if (strcmp(f->headers[i].name, name) == 0)
			return f->headers[i].value;
	return NULL;
}

const char *
journey_word(struct arena *a, const char **list)
{
	const char *word;
	size_t len;

	if (*list == NULL)
		return NULL;
	word = *list + strspn(*list, " ");
	len = strcspn(word, " ");
	*list = word + len;
	return len > 0 ? arena_strndup(a, word, len) : NULL;
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '"' || c == '.';
}

/*
 * Replaces each separate occurrence of the table's name in the text. Returns
 * the text itself if there is no occurrence. A query does not replace a name at
 * the start of a literal.
 */
static const char *
replaced(struct arena *a, const char *text, const struct journey_instead *by)
{
	size_t len = strlen(by->table);
	const char *p, *found;
	struct buf b;

	if (text == NULL || strstr(text, by->table) == NULL)
		return text;
	buf_init(&b, a);
	for (p = text; (found = strstr(p, by->table)) != NULL;
	     p = found + len) {
		buf_write(&b, p, (size_t)(found - p));
		buf_puts(&b,
		    (found > text && is_name(found[-1])) ||
			    is_name(found[len]) ||
			    (by->text[0] == '(' && found > text &&
				found[-1] == '\'')
			? by->table
			: by->text);
	}
	buf_puts(&b, p);
	return b.data;
}

void
journey_replace(
    struct arena *a, const struct journey *j, const struct journey_instead *by)
{
	const struct journey_files *const lists[] = { &j->checks, &j->steps,
		&j->rules };
	struct journey_file *f;
	int list, i, k;

	for (list = 0; list < 3; list++)
		for (i = 0; i < lists[list]->n; i++) {
			f = &lists[list]->all[i];
			for (k = 0; k < SECTION__MAX; k++)
				f->sections[k] =
				    replaced(a, f->sections[k], by);
			for (k = 0; by->text[0] != '(' && k < f->nheaders; k++)
				f->headers[k].value =
				    replaced(a, f->headers[k].value, by);
		}
	for (i = 0; by->text[0] != '(' && i < j->ntables; i++)
		if (strcmp(j->tables[i].name, by->table) == 0)
			j->tables[i].name = by->text;
}

void
journey_substitute(struct arena *a, const struct journey *j, const char *table,
    const char *query)
{
	const struct journey_files *const lists[] = { &j->checks, &j->steps,
		&j->rules };
	const struct journey_instead by = { table, query };
	struct journey_file *f;
	const char *on;
	int list, i;

	for (list = 0; list < 3; list++)
		for (i = 0; i < lists[list]->n; i++) {
			f = &lists[list]->all[i];
			on = journey_header(f, "on");
			f->sections[SECTION_READ] =
			    replaced(a, f->sections[SECTION_READ], &by);
			if (on == NULL || strcmp(on, "target") != 0)
				f->sections[SECTION_BODY] =
				    replaced(a, f->sections[SECTION_BODY], &by);
		}
}
