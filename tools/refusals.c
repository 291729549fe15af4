/*
 * refusals: reads schema/refusals/, which describes the refusals of the API.
 *
 * 	refusals FILE ... > lib/base/refusals.inc
 * 	refusals --document FILE ... > docs/refusals.md
 *
 * Writes the rows of a C table, or the document, sorted by code. Fails if a
 * description is incomplete, so that each code has a text in each language, a
 * cause and a remedy.
 */

#include <ctype.h>
#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSALS_MAX 2000
#define FILE_MAX     (4 << 20)
#define DEPTH_MAX    8

/* The members of a description. Members with true are required. */
static const struct {
	const char *name;
	bool required;
	enum json_type type;
} members[] = {
	{ "status", true, json_type_int },
	{ "en", true, json_type_string },
	{ "fr", true, json_type_string },
	{ "cause", true, json_type_string },
	{ "remedy", true, json_type_string },
	{ "kind", false, json_type_string },
	{ "type", false, json_type_string },
	{ "sqlstate", false, json_type_string },
	{ "states", false, json_type_array },
	{ "said", false, json_type_string },
};
#define MEMBERS (sizeof members / sizeof members[0])

static struct refusal {
	const char *code;
	struct json_object *description;
} refusals[REFUSALS_MAX];
static size_t nrefusals;

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = malloc(FILE_MAX);
	size_t len;

	if (f == NULL || text == NULL)
		err(EXIT_FAILURE, "%s", path);
	len = fread(text, 1, FILE_MAX - 1, f);
	if (ferror(f) || !feof(f))
		errx(EXIT_FAILURE, "%s: cannot be read, or is too large", path);
	fclose(f);
	text[len] = '\0';
	return text;
}

static const char *
text_of(struct json_object *description, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(description, name, &value)
	    ? json_object_get_string(value)
	    : NULL;
}

/* Returns the set of arguments in a text as bits. */
static unsigned
arguments_of(const char *text)
{
	unsigned bits = 0;

	for (; *text != '\0'; text++)
		if (text[0] == '{' && isdigit((unsigned char)text[1]) &&
		    text[2] == '}')
			bits |= 1u << (text[1] - '0');
	return bits;
}

static void
check(const char *path, const char *code, struct json_object *description)
{
	struct json_object *value;
	size_t i, n = 0;

	for (i = 0; i < MEMBERS; i++) {
		value = NULL;
		json_object_object_get_ex(description, members[i].name, &value);
		n += value != NULL;
		if (value == NULL
			? members[i].required
			: !json_object_is_type(value, members[i].type) ||
			    *json_object_get_string(value) == '\0')
			errx(EXIT_FAILURE, "%s: %s: %s is missing or wrong",
			    path, code, members[i].name);
	}
	if ((size_t)json_object_object_length(description) != n)
		errx(EXIT_FAILURE, "%s: %s has an unknown member", path, code);
	if (arguments_of(text_of(description, "en")) !=
	    arguments_of(text_of(description, "fr")))
		errx(EXIT_FAILURE, "%s: %s: the texts have other arguments",
		    path, code);
	/* Better Auth codes are in upper case. */
	if (strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") !=
		strlen(code) &&
	    strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
		strlen(code))
		errx(EXIT_FAILURE, "%s: %s is not in snake case", path, code);
}

/*
 * Adds a name to the names in an object. Fails if the name is a duplicate,
 * because json-c silently keeps the last member.
 */
static void
add_name(const char *path, struct json_object *names, const char *name)
{
	if (json_object_object_get_ex(names, name, NULL))
		errx(EXIT_FAILURE, "%s: %s is there twice", path, name);
	json_object_object_add(names, name, NULL);
}

/* Fails if an object in this valid JSON has a duplicate name. */
static void
check_names(const char *path, const char *json)
{
	struct json_object *names[DEPTH_MAX] = { NULL };
	char *name = NULL;
	const char *start;
	size_t depth = 0;

	for (; *json != '\0'; json++)
		if (*json == '"') {
			for (start = ++json; *json != '"'; json++)
				json += *json == '\\';
			free(name);
			name = strndup(start, (size_t)(json - start));
			if (name == NULL)
				err(EXIT_FAILURE, "%s", path);
		} else if (*json == '{' && depth < DEPTH_MAX) {
			names[depth++] = json_object_new_object();
		} else if (*json == '{') {
			errx(EXIT_FAILURE, "%s is too deep", path);
		} else if (*json == '}') {
			json_object_put(names[--depth]);
		} else if (*json == ':') {
			add_name(path, names[depth - 1], name);
		}
	free(name);
}

/*
 * Reads the refusals in a file. A description is the JSON between the first and
 * the last "$$".
 */
static void
read_refusals(const char *path)
{
	char *text = read_file(path), *start = strstr(text, "$$"), *end = NULL;
	struct json_object *all;

	if (start != NULL && (end = strstr(start + 2, "$$")) != NULL)
		*end = '\0';
	if (end == NULL || (all = json_tokener_parse(start + 2)) == NULL)
		errx(EXIT_FAILURE, "%s: it has no JSON between $$", path);
	check_names(path, start + 2);
	json_object_object_foreach(all, code, description)
	{
		check(path, code, description);
		if (nrefusals == REFUSALS_MAX)
			errx(EXIT_FAILURE, "too many refusals");
		refusals[nrefusals++] = (struct refusal){ code, description };
	}
	free(text);
}

static int
compare(const void *a, const void *b)
{
	const struct refusal *first = a, *second = b;

	return strcmp(first->code, second->code);
}

static void
put_string(const char *text)
{
	if (text == NULL) {
		printf("NULL");
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

/* Writes a row for struct refusal. states is "22003 22008". */
static void
put_row(const struct refusal *r)
{
	static const char *texts[] = { "kind", "type", "said", "en", "fr",
		"cause", "remedy" };
	struct json_object *states = NULL;
	size_t i;

	printf("{ \"%s\", %s, ", r->code, text_of(r->description, "status"));
	json_object_object_get_ex(r->description, "states", &states);
	putchar('"');
	for (i = 0; states != NULL && i < json_object_array_length(states); i++)
		printf("%s%s", i == 0 ? "" : " ",
		    json_object_get_string(
			json_object_array_get_idx(states, i)));
	putchar('"');
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		printf(", ");
		put_string(text_of(r->description, texts[i]));
	}
	printf(" },\n");
}

/* Writes a table cell. "|" would end the cell, and "<" would begin a tag. */
static void
put_cell(const char *text)
{
	printf(" | ");
	for (; *text != '\0'; text++)
		if (*text == '|' || *text == '<' || *text == '*' ||
		    *text == '[')
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void
put_document(void)
{
	const struct refusal *r;

	printf("# Refusals\n\n"
	       "The codes of errors that the API refuses a request with, see "
	       "[errors](api/errors.md). `GET /problems/CODE` has the same.\n"
	       "{1}, {2} and so on are the `arguments`. This file is written "
	       "from `schema/refusals/` by `make -C build refusals`.\n\n"
	       "| code | status | text | cause | remedy |\n"
	       "|---|---|---|---|---|\n");
	for (r = refusals; r < refusals + nrefusals; r++) {
		printf(
		    "| `%s` | %s", r->code, text_of(r->description, "status"));
		put_cell(text_of(r->description, "en"));
		put_cell(text_of(r->description, "cause"));
		put_cell(text_of(r->description, "remedy"));
		printf(" |\n");
	}
}

int
main(int argc, char *argv[])
{
	bool document = argc > 1 && strcmp(argv[1], "--document") == 0;
	size_t i;
	int n;

	for (n = document ? 2 : 1; n < argc; n++)
		read_refusals(argv[n]);
	qsort(refusals, nrefusals, sizeof refusals[0], compare);
	for (i = 1; i < nrefusals; i++)
		if (strcmp(refusals[i - 1].code, refusals[i].code) == 0)
			errx(EXIT_FAILURE, "%s is there twice",
			    refusals[i].code);
	if (document)
		put_document();
	else
		for (i = 0; i < nrefusals; i++)
			put_row(&refusals[i]);
	return ferror(stdout) || fflush(stdout) != 0 ? EXIT_FAILURE
						     : EXIT_SUCCESS;
}
