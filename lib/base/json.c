/* Parses JSON: json_scan() checks the text, json-c builds the tree. */

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/json_scan.h"

static void
put(void *obj)
{
	json_object_put(obj);
}

static void
tokener_free(void *tok)
{
	json_tokener_free(tok);
}

void
json_own(struct arena *a, struct json_object *root)
{
	if (root == NULL)
		arena_exhausted("json_own");
	arena_defer(a, put, root);
}

/*
 * Returns the number of members in all nested objects. The recursion is
 * bounded, because json_scan() limits the depth.
 */
static size_t
count_members(struct json_object *obj)
{
	size_t n = 0, i;

	if (json_object_is_type(obj, json_type_array)) {
		for (i = 0; i < json_object_array_length(obj); i++)
			n += count_members(json_object_array_get_idx(obj, i));
	} else if (json_object_is_type(obj, json_type_object)) {
		json_object_object_foreach(obj, key, member)
		{
			(void)key;
			n += 1 + count_members(member);
		}
	}
	return n;
}

/*
 * Returns true if the outermost object is flat and contains no member twice.
 * This is true of most bodies, so their members need not be counted.
 */
static bool
has_all(struct json_object *obj, size_t members)
{
	return json_object_is_type(obj, json_type_object) &&
	    (size_t)json_object_object_length(obj) == members;
}

static struct json_object *
parse(
    struct arena *a, const char *text, size_t len, int depth, const char **what)
{
	struct json_tokener *tok = json_tokener_new_ex(depth + 1);
	struct json_object *obj;

	if (tok == NULL)
		arena_exhausted("json");
	/*
	 * json-c only builds the tree: json_scan() has checked the text.  The
	 * strict mode of json-c 0.18 rejects every non-ASCII letter.
	 */
	arena_defer(a, tokener_free, tok);
	/* One more byte: the NUL tells json-c that a number has ended. */
	obj = json_tokener_parse_ex(tok, text, (int)len + 1);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		*what = "not a JSON value";
		return NULL;
	}
	if (obj != NULL)
		json_own(a, obj);
	return obj;
}

struct search {
	struct arena *arena;
	const char *start;
	const char *at;
	const char *end;
	const char *found; /* path of the member, or NULL */
	size_t offset;
};

static void
skip_space(struct search *s)
{
	while (s->at < s->end && strchr(" \t\r\n", *s->at) != NULL)
		s->at++;
}

static void
skip_string(struct search *s)
{
	for (s->at++; *s->at != '"'; s->at++)
		s->at += *s->at == '\\';
	s->at++;
}

/* Skips a string, a number or a word. */
static void
skip_scalar(struct search *s)
{
	if (*s->at == '"') {
		skip_string(s);
		return;
	}
	while (s->at < s->end && strchr(",]} \t\r\n", *s->at) == NULL)
		s->at++;
}

static const char *
extend(struct search *s, const char *path, const char *name)
{
	return path == NULL ? name
			    : arena_printf(s->arena, "%s.%s", path, name);
}

/* Reads a name and its colon. Escapes are decoded, because "\u0061" is "a". */
static const char *
read_name(struct search *s)
{
	const char *start = s->at;
	size_t len;

	skip_string(s);
	len = (size_t)(s->at - start);
	skip_space(s);
	s->at++;
	return memchr(start, '\\', len) == NULL
	    ? arena_strndup(s->arena, start + 1, len - 2)
	    : json_object_get_string(json_parse_tree(
		  s->arena, arena_strndup(s->arena, start, len), len, 1));
}

static void search_value(struct search *, const char *path);

static void
search_object(struct search *s, const char *path)
{
	struct json_object *names = json_object_new_object();
	const char *name, *start;

	json_own(s->arena, names);
	for (s->at++, skip_space(s); *s->at != '}'; skip_space(s)) {
		s->at += *s->at == ',';
		skip_space(s);
		start = s->at;
		name = read_name(s);
		if (json_object_object_get_ex(names, name, NULL)) {
			s->found = extend(s, path, name);
			s->offset = (size_t)(start - s->start);
			return;
		}
		json_object_object_add(names, name, NULL);
		search_value(s, extend(s, path, name));
		if (s->found != NULL)
			return;
	}
	s->at++;
}

static void
search_array(struct search *s, const char *path)
{
	size_t i = 0;

	for (s->at++, skip_space(s); *s->at != ']'; skip_space(s)) {
		s->at += *s->at == ',';
		search_value(
		    s, extend(s, path, arena_printf(s->arena, "%zu", i++)));
		if (s->found != NULL)
			return;
	}
	s->at++;
}

/* The recursion is bounded, because json_scan() limits the depth. */
static void
search_value(struct search *s, const char *path)
{
	skip_space(s);
	if (*s->at == '{')
		search_object(s, path);
	else if (*s->at == '[')
		search_array(s, path);
	else
		skip_scalar(s);
}

/*
 * Returns the path of the first member that an object contains twice, such as
 * "items.2.name", and sets its position. The text must be valid.
 */
static const char *
find_duplicate(struct arena *a, const char *text, size_t len, size_t *offset)
{
	struct search s = { a, text, text, text + len, NULL, 0 };

	search_value(&s, NULL);
	*offset = s.offset;
	return s.found;
}

struct json_object *
json_parse(
    struct arena *a, const char *text, size_t len, struct json_error *error)
{
	return json_parse_most(a, text, len, JSON_VALUES_MAX, error);
}

struct json_object *
json_parse_most(struct arena *a, const char *text, size_t len, size_t most,
    struct json_error *error)
{
	const char *copy = arena_strndup(a, text, len);
	struct scan s = { .at = (const unsigned char *)copy, .most = most };
	struct json_object *obj = NULL;
	bool twice = false;

	s.end = s.at + len;
	if (len >= INT_MAX)
		s.what = "too long";
	else if (json_scan(&s)) {
		obj = parse(a, copy, len, JSON_DEPTH_MAX, &s.what);
		twice = s.what == NULL && !has_all(obj, s.members) &&
		    count_members(obj) != s.members;
		if (twice)
			s.what = "a member is given twice";
	}
	*error = (struct json_error){ .what = s.what,
		.offset = (size_t)(s.at - (const unsigned char *)copy) };
	if (s.member != NULL)
		error->member =
		    arena_strndup(a, (const char *)s.member, s.member_len);
	if (twice)
		error->member = find_duplicate(a, copy, len, &error->offset);
	return s.what == NULL ? obj : NULL;
}

struct json_object *
json_parse_tree(struct arena *a, const char *text, size_t len, int depth)
{
	const char *what;

	return len < INT_MAX ? parse(a, text, len, depth, &what) : NULL;
}

struct json_object *
json_get(const struct json_object *obj, const char *key, bool *present)
{
	struct json_object *member = NULL;

	*present = json_object_object_get_ex(obj, key, &member);
	return member;
}

const char *
json_get_text(const struct json_object *obj, const char *key)
{
	struct json_object *member;

	if (!json_object_object_get_ex(obj, key, &member) ||
	    !json_object_is_type(member, json_type_string))
		return NULL;
	return json_object_get_string(member);
}

bool
json_get_bool(const struct json_object *obj, const char *key, bool fallback)
{
	struct json_object *member;

	if (!json_object_object_get_ex(obj, key, &member) ||
	    !json_object_is_type(member, json_type_boolean))
		return fallback;
	return json_object_get_boolean(member) != 0;
}

bool
json_truthy(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_string:
		return *json_object_get_string(value) != '\0';
	case json_type_object:
	case json_type_array:
		return true;
	default:
		return json_object_get_double(value) < 0 ||
		    json_object_get_double(value) > 0;
	}
}

void
json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, json_object_get(value)) != 0)
		arena_exhausted("json_append");
}

void
json_share(struct json_object *into, const char *key, struct json_object *value)
{
	if (json_object_object_add(into, key, json_object_get(value)) != 0)
		arena_exhausted("json_share");
}

const char *
json_text(struct json_object *obj)
{
	const char *s = json_object_to_json_string_ext(
	    obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (s == NULL)
		arena_exhausted("json_text");
	return s;
}
