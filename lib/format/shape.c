/* Reads the shapes of bodies and responses. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/format/shape.h"

#define NAME_CHARACTERS                                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
#define TYPE_CHARACTERS NAME_CHARACTERS "."

/* The text that is being read. */
struct reader {
	struct arena *arena;
	const char *at;
	long most;           /* limit of texts whose shape has no limit */
	shape_find_fn *find; /* may be NULL */
	const void *names;
};

static const struct {
	const char *word;
	enum shape_kind kind;
} words[] = {
	{ "any", SHAPE_ANY },
	{ "boolean", SHAPE_BOOLEAN },
	{ "date", SHAPE_DATE },
	{ "file", SHAPE_FILE },
	{ "id", SHAPE_ID },
	{ "integer", SHAPE_INTEGER },
	{ "number", SHAPE_NUMBER },
	{ "object", SHAPE_RECORD },
	{ "string", SHAPE_STRING },
	{ "time", SHAPE_TIME },
};

/* Reads one of these characters, which must come next. */
static char
take(struct reader *r, const char *any)
{
	if (*r->at == '\0' || strchr(any, *r->at) == NULL)
		fatal("shape: one of %s is missing before \"%s\"", any, r->at);
	return *r->at++;
}

/* Reads the next len characters. */
static const char *
take_text(struct reader *r, size_t len)
{
	const char *text = arena_strndup(r->arena, r->at, len);

	r->at += len;
	return text;
}

static struct shape *read_shape(struct reader *);

static void
read_members(struct reader *r, struct shape *object)
{
	struct shape **end = &object->of, *member;
	const char *name;
	bool optional;

	do {
		name = take_text(r, strspn(r->at, "$" TYPE_CHARACTERS));
		optional = *r->at == '?';
		r->at += optional;
		take(r, ":");
		member = read_shape(r);
		member->member = name;
		member->optional = optional;
		*end = member;
		end = &member->next;
	} while (take(r, ",}") == ',');
}

/* Reads the maximum of a text, "(200)", if the shape states one. */
static long
take_most(struct reader *r)
{
	char *end;
	long most;

	if (*r->at != '(')
		return r->most;
	most = strtol(r->at + 1, &end, 10);
	r->at = end;
	take(r, ")");
	return most;
}

static void
read_word(struct reader *r, struct shape *s)
{
	const char *word = take_text(r, strspn(r->at, "@" TYPE_CHARACTERS));
	size_t i;

	if (*word == '\0')
		fatal("shape: a type is missing before \"%s\"", r->at);
	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].word, word) == 0) {
			s->kind = words[i].kind;
			if (s->kind == SHAPE_STRING)
				s->most = take_most(r);
			return;
		}
	s->kind = SHAPE_NAME;
	s->text = word;
	s->of = r->find != NULL ? r->find(r->names, word) : NULL;
}

static struct shape *
read_one(struct reader *r)
{
	struct shape *s = arena_alloc(r->arena, sizeof *s);

	if (strncmp(r->at, "{*:", 3) == 0) {
		r->at += 3;
		s->kind = SHAPE_MAP;
		s->of = read_shape(r);
		take(r, "}");
	} else if (*r->at == '{') {
		r->at++;
		s->kind = SHAPE_OBJECT;
		read_members(r, s);
	} else if (*r->at == '[') {
		r->at++;
		s->kind = SHAPE_LIST;
		s->of = read_shape(r);
		take(r, "]");
	} else if (*r->at == '\'') {
		r->at++;
		s->kind = SHAPE_EXACT;
		s->text = take_text(r, strcspn(r->at, "'"));
		take(r, "'");
	} else
		read_word(r, s);
	return s;
}

static struct shape *
read_shape(struct reader *r)
{
	struct shape *one = read_one(r), *all = one, *last = one;

	if (*r->at == '|') {
		all = arena_alloc(r->arena, sizeof *all);
		all->kind = SHAPE_ONE_OF;
		all->of = one;
	}
	while (*r->at == '|') {
		r->at++;
		one = read_one(r);
		last->next = one;
		last = one;
	}
	all->null = *r->at == '?';
	r->at += all->null;
	return all;
}

struct shape *
shape_parse(struct arena *a, const char *text, long most, shape_find_fn *find,
    const void *names)
{
	struct reader r = { a, text, most, find, names };
	struct shape *s = read_shape(&r);

	if (*r.at != '\0')
		fatal("shape: what is \"%s\"?", r.at);
	return s;
}

static struct json_object *
part(struct json_object *schema, const char *key)
{
	bool present;

	return json_get(schema, key, &present);
}

static struct shape *
new_shape(struct arena *a, enum shape_kind kind)
{
	struct shape *s = arena_alloc(a, sizeof *s);

	s->kind = kind;
	return s;
}

/* Appends a shape to a list, and returns the end of the list. */
static struct shape **
append(struct shape **end, struct shape *s)
{
	*end = s;
	return &s->next;
}

static bool
lists(struct json_object *array, const char *text)
{
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(array, i)),
			text) == 0)
			return true;
	return false;
}

/* Reads an object, whose members are either listed or can have any name. */
static struct shape *
read_object(struct arena *a, struct json_object *schema)
{
	struct json_object *members = part(schema, "properties"),
			   *others = part(schema, "additionalProperties"),
			   *required = part(schema, "required");
	struct shape *object = new_shape(a, SHAPE_RECORD), **end = &object->of;

	if (members != NULL) {
		object->kind = SHAPE_OBJECT;
		object->open = others != NULL;
		json_object_object_foreach(members, name, inner)
		{
			struct shape *member = shape_of_schema(a, inner);

			member->member = arena_strdup(a, name);
			member->optional =
			    required == NULL || !lists(required, name);
			end = append(end, member);
		}
	} else if (others != NULL && json_object_object_length(others) > 0) {
		object->kind = SHAPE_MAP;
		object->of = shape_of_schema(a, others);
	}
	return object;
}

static struct shape *
read_list(struct arena *a, struct json_object *schema)
{
	struct shape *list = new_shape(a, SHAPE_LIST);
	struct json_object *items = part(schema, "items"),
			   *most = part(schema, "maxItems");

	list->most = most != NULL ? (long)json_object_get_int64(most) : 0;
	list->of =
	    items != NULL ? shape_of_schema(a, items) : new_shape(a, SHAPE_ANY);
	return list;
}

static struct shape **
append_choices(struct arena *a, struct shape **end, struct json_object *choices)
{
	struct shape *exact;
	size_t i;

	for (i = 0; i < json_object_array_length(choices); i++) {
		exact = new_shape(a, SHAPE_EXACT);
		exact->text = arena_strdup(a,
		    json_object_get_string(
			json_object_array_get_idx(choices, i)));
		end = append(end, exact);
	}
	return end;
}

static struct shape *
read_text(struct arena *a, struct json_object *schema)
{
	const char *format = json_get_text(schema, "format");
	struct shape *text = new_shape(a,
	    format != NULL && strcmp(format, "link") == 0 ? SHAPE_LINK
							  : SHAPE_STRING);
	struct json_object *most = part(schema, "maxLength");

	text->most =
	    most != NULL ? (long)json_object_get_int64(most) : SHAPE_TEXT_MAX;
	return text;
}

/* Appends the alternatives that a type of JSON Schema allows. */
static struct shape **
append_type(struct arena *a, struct shape *all, struct shape **end,
    struct json_object *schema, const char *type)
{
	struct json_object *choices = part(schema, "enum");
	struct shape *object;

	if (strcmp(type, "null") == 0)
		all->null = true;
	else if (strcmp(type, "array") == 0)
		end = append(end, read_list(a, schema));
	else if (strcmp(type, "integer") == 0)
		end = append(end, new_shape(a, SHAPE_INTEGER));
	else if (strcmp(type, "number") == 0)
		end = append(end, new_shape(a, SHAPE_NUMBER));
	else if (strcmp(type, "boolean") == 0)
		end = append(end, new_shape(a, SHAPE_BOOLEAN));
	else if (strcmp(type, "object") == 0)
		end = append(end, read_object(a, schema));
	else if (strcmp(type, "file") == 0) {
		object = read_object(a, schema);
		end = append(end, new_shape(a, SHAPE_FILE));
		all->of->of = object;
	} else if (choices != NULL)
		end = append_choices(a, end, choices);
	else
		end = append(end, read_text(a, schema));
	return end;
}

struct shape *
shape_of_schema(struct arena *a, struct json_object *schema)
{
	struct json_object *type = part(schema, "type"),
			   *alternatives = part(schema, "oneOf");
	struct shape *all = new_shape(a, SHAPE_ONE_OF), **end = &all->of, *only;
	size_t i;

	if (json_object_is_type(type, json_type_string))
		end = append_type(
		    a, all, end, schema, json_object_get_string(type));
	else if (type != NULL)
		for (i = 0; i < json_object_array_length(type); i++)
			end = append_type(a, all, end, schema,
			    json_object_get_string(
				json_object_array_get_idx(type, i)));
	for (i = 0;
	     alternatives != NULL && i < json_object_array_length(alternatives);
	     i++)
		end = append(end,
		    shape_of_schema(
			a, json_object_array_get_idx(alternatives, i)));
	if ((only = all->of) == NULL)
		return new_shape(a, SHAPE_ANY);
	if (only->next != NULL)
		return all;
	only->null = only->null || all->null;
	return only;
}

const struct shape *
shape_member(const struct shape *object, const char *name)
{
	const struct shape *m = NULL;

	if (object != NULL && object->kind == SHAPE_OBJECT)
		m = object->of;
	while (m != NULL && strcmp(m->member, name) != 0)
		m = m->next;
	return m;
}
