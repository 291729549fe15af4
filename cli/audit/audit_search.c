/* tenantry audit search: finds rows in files of tenantry audit detach. */
#include <err.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit/audit.h"
#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* The values of a line, in the order of AUDIT_ROW. */
enum value {
	VALUE_ORGANIZATION,
	VALUE_ID,
	VALUE_AT,
	VALUE_USER,
	VALUE_REQUEST,
	VALUE_ADDRESS,
	VALUE_RESOURCE,
	VALUE_ROW,
	VALUE_ACTION,
	VALUE_OLD,
	VALUE_NEW,
	VALUE__MAX
};

static const char *const names[] = { "organization", "id", "at", "user_id",
	"request_id", "address", "resource", "row_id", "action", "old", "new" };

/* The texts after the sealed values, separated by tabs. */
static const char *const more_names[] = { "impersonator", "api_key_id",
	"client" };

/* A value that rows must have. */
struct condition {
	enum command_option option;
	enum value value;
};

static const struct condition conditions[] = {
	{ OPTION_ORG, VALUE_ORGANIZATION },
	{ OPTION_OF_USER, VALUE_USER },
	{ OPTION_RESOURCE, VALUE_RESOURCE },
	{ OPTION_ROW, VALUE_ROW },
	{ OPTION_OF_ACTION, VALUE_ACTION },
};

struct search {
	const struct invocation *in;
	/* Times in the format of the files, or NULL. */
	const char *since, *until;
	struct arena *arena; /* memory for one line */
	const char *values[VALUE__MAX];
	long long found;
};

/* Converts a time of the command line to the format of the files. */
static bool
read_time(struct invocation *in, enum command_option option, const char **time)
{
	const char *value = command_value(in, option);
	const struct pg_rows *rows;

	*time = NULL;
	if (value == NULL)
		return true;
	rows = pg_ask(in->pg, "could not read the time",
	    "SELECT " AUDIT_TIME("$1::timestamptz"), 1, &value);
	if (rows != NULL)
		*time = pg_value(rows, 0, 0);
	return rows != NULL;
}

static bool
take_values(struct search *s, const char *line, size_t len)
{
	struct json_error fault;
	struct json_object *list = json_parse(s->arena, line, len, &fault);
	size_t i;

	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != VALUE__MAX)
		return false;
	for (i = 0; i < VALUE__MAX; i++)
		s->values[i] =
		    json_object_get_string(json_object_array_get_idx(list, i));
	return s->values[VALUE_AT] != NULL;
}

static bool
matches(const struct search *s)
{
	const char *wanted, *value, *text = command_value(s->in, OPTION_TEXT);
	size_t i;

	for (i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		wanted = command_value(s->in, conditions[i].option);
		value = s->values[conditions[i].value];
		if (wanted != NULL &&
		    (value == NULL || strcmp(value, wanted) != 0))
			return false;
	}
	value = s->values[VALUE_AT];
	if ((s->since != NULL && strcmp(value, s->since) < 0) ||
	    (s->until != NULL && strcmp(value, s->until) >= 0))
		return false;
	return text == NULL ||
	    (s->values[VALUE_OLD] != NULL &&
		strstr(s->values[VALUE_OLD], text) != NULL) ||
	    (s->values[VALUE_NEW] != NULL &&
		strstr(s->values[VALUE_NEW], text) != NULL);
}

/* Appends a member. The old and the new row are JSON already. */
static void
put_member(struct buf *b, const char *name, const char *value, bool json)
{
	buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	if (value == NULL || *value == '\0')
		buf_puts(b, "null");
	else if (json)
		buf_puts(b, value);
	else
		buf_json(b, value);
}

static void
print_row(const struct search *s, char *more)
{
	struct buf b;
	size_t i, len;

	buf_init(&b, s->arena);
	buf_puts(&b, "{");
	for (i = 0; i < VALUE__MAX; i++)
		put_member(&b, names[i], s->values[i],
		    i == VALUE_OLD || i == VALUE_NEW);
	for (i = 0; i < sizeof more_names / sizeof more_names[0]; i++) {
		len = strcspn(more, "\t");
		put_member(&b, more_names[i],
		    arena_strndup(s->arena, more, len), false);
		more += len + (more[len] == '\t');
	}
	buf_puts(&b, "}");
	puts(b.data);
}

/* Returns false for a line that is neither a row nor a seal. */
static bool
search_line(struct search *s, char *line)
{
	size_t len = strcspn(line, "\n"), row;

	line[len] = '\0';
	if (*line == '#')
		return true;
	row = strcspn(line, "\t");
	if (!take_values(s, line, row))
		return false;
	if (matches(s)) {
		s->found++;
		print_row(s, line + row + (line[row] == '\t'));
	}
	return true;
}

static bool
search_file(struct search *s, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool ok = true;
	long n = 0;

	if (file == NULL) {
		warn("%s", path);
		return false;
	}
	while (ok && getline(&line, &size, file) != -1) {
		n++;
		if (!(ok = search_line(s, line)))
			warnx("%s: line %ld is not a row of the audit log",
			    path, n);
		arena_reset(s->arena);
	}
	if (ferror(file)) {
		warn("%s", path);
		ok = false;
	}
	free(line);
	fclose(file);
	return ok;
}

enum status
audit_search(struct invocation *in)
{
	struct search s = { .in = in };
	bool ok;
	int i;

	if (!read_time(in, OPTION_SINCE, &s.since) ||
	    !read_time(in, OPTION_UNTIL, &s.until))
		return STATUS_FAILED;
	s.arena = arena_new();
	for (i = 0, ok = true; i < in->narguments; i++)
		ok = search_file(&s, in->arguments[i]) && ok;
	arena_free(s.arena);
	fflush(stdout);
	fprintf(stderr, "%lld rows\n", s.found);
	return ok ? STATUS_OK : STATUS_FAILED;
}
