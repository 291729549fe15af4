/* A copy of a body whose faulty members are set aside, to find other faults. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/rest/faulty_body.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/problem.h"

/* An element that was removed from a list of the copy. */
struct removed {
	struct json_object *list;
	size_t index; /* index in the client's body */
	struct removed *next;
};

void
faulty_body_init(
    struct faulty_body *b, struct arena *a, struct json_object *given)
{
	const char *text = json_text(given);
	struct json_error error;

	*b = (struct faulty_body){ .arena = a, .given = given };
	b->rest = json_parse(a, text, strlen(text), &error);
	json_own(a, b->aside = json_object_new_object());
}

/* Returns the index in the client's list of an element of the copy. */
static size_t
index_given(const struct faulty_body *b, struct json_object *list, size_t index)
{
	const struct removed *r;
	size_t before, given = index, last;

	do {
		last = given;
		before = 0;
		for (r = b->removed; r != NULL; r = r->next)
			before += r->list == list && r->index <= last;
		given = index + before;
	} while (given != last);
	return given;
}

/* Returns the index in the copy, or (size_t)-1 for a removed element. */
static size_t
index_left(const struct faulty_body *b, struct json_object *list, size_t given)
{
	const struct removed *r;
	size_t before = 0;

	for (r = b->removed; r != NULL; r = r->next) {
		if (r->list == list && r->index == given)
			return (size_t)-1;
		before += r->list == list && r->index < given;
	}
	return given - before;
}

/* The place of a member or an element in the copy or in the body. */
struct place {
	struct json_object *in; /* the object or the list; NULL: none */
	const char *name;       /* the member */
	size_t index;           /* the element, if the place is in a list */
	bool present;
	struct json_object *value;
};

/* Finds a member of an object. The names of filters contain dots. */
static const char *
find_member(struct arena *a, struct place *p, const char *path)
{
	size_t len = strcspn(path, ".");

	p->value = json_get(p->in, path, &p->present);
	p->name = path;
	if (p->present)
		return "";
	p->name = arena_strndup(a, path, len);
	p->value = json_get(p->in, p->name, &p->present);
	return path + len + (path[len] == '.');
}

/* b is NULL for a place in the body of the client. */
static const char *
find_element(const struct faulty_body *b, struct place *p, const char *path)
{
	char *end;

	p->name = NULL;
	p->index = strtoul(path, &end, 10);
	if (b != NULL)
		p->index = index_left(b, p->in, p->index);
	p->present = p->index < json_object_array_length(p->in);
	p->value =
	    p->present ? json_object_array_get_idx(p->in, p->index) : NULL;
	return end + (*end == '.');
}

/*
 * Finds the place that a path in the client's body names. If a value on the
 * path is neither an object nor a list, its place is returned.
 */
static struct place
find(const struct faulty_body *b, bool copy, const char *path)
{
	struct place p = { .in = copy ? b->rest : b->given };

	for (;;) {
		path = json_object_is_type(p.in, json_type_array)
		    ? find_element(copy ? b : NULL, &p, path)
		    : find_member(b->arena, &p, path);
		if (*path == '\0' || !p.present ||
		    (!json_object_is_type(p.value, json_type_object) &&
			!json_object_is_type(p.value, json_type_array)))
			return p;
		p.in = p.value;
	}
}

/* Returns the path in the body for a path in the copy. */
static const char *
path_given(const struct faulty_body *b, const char *path)
{
	struct place p = { .in = b->rest };
	const char *given = NULL, *name;

	while (*path != '\0') {
		if (json_object_is_type(p.in, json_type_array)) {
			path = find_element(NULL, &p, path);
			name = arena_printf(
			    b->arena, "%zu", index_given(b, p.in, p.index));
		} else {
			const char *from = path;

			path = find_member(b->arena, &p, path);
			name = *path == '\0' ? from : p.name;
		}
		given = given != NULL
		    ? arena_printf(b->arena, "%s.%s", given, name)
		    : name;
		if (*path != '\0' &&
		    !json_object_is_type(p.value, json_type_object) &&
		    !json_object_is_type(p.value, json_type_array))
			return arena_printf(b->arena, "%s.%s", given, path);
		p.in = p.value;
	}
	return given != NULL ? given : "";
}

/*
 * Makes the fault refer to the client's body. Copies the path, because it may
 * be a key of the copy.
 */
static void
move_to(struct faulty_body *b, struct fault *f)
{
	const char *path = arena_strdup(b->arena, path_given(b, f->path));

	if (strcmp(path, f->path) != 0)
		f->detail = arena_printf(
		    b->arena, "%s%s", path, f->detail + strlen(f->path));
	f->path = path;
}

/* Returns true if one path is the other, or contains it. */
static bool
is_within(const char *path, const char *other)
{
	size_t len = strlen(path);

	return strncmp(path, other, len) == 0 &&
	    (other[len] == '\0' || other[len] == '.');
}

/*
 * Returns true if the path, a path inside it, or a path that contains it was
 * set aside.
 */
static bool
is_aside(const struct faulty_body *b, const char *path)
{
	json_object_object_foreach(b->aside, known, replaced)
	{
		(void)replaced;
		if (is_within(path, known) || is_within(known, path))
			return true;
	}
	return false;
}

static void
put_aside(struct faulty_body *b, const char *path, bool replaced)
{
	json_object_object_add(
	    b->aside, path, json_object_new_boolean(replaced));
}

static void
remove_element(struct faulty_body *b, const struct place *p)
{
	struct removed *r = arena_alloc(b->arena, sizeof *r);

	*r = (struct removed){ p->in, index_given(b, p->in, p->index),
		b->removed };
	json_object_array_del_idx(p->in, p->index, 1);
	b->removed = r;
}

/* Removes the value at a path. Returns false if there is none. */
static bool
remove_at(struct faulty_body *b, const char *path)
{
	struct place p = find(b, true, path);

	if (!p.present)
		return false;
	if (p.name == NULL)
		remove_element(b, &p);
	else
		json_object_object_del(p.in, p.name);
	return true;
}

/* Returns the path of the object or list that has the member, or NULL. */
static const char *
path_above(struct arena *a, const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? arena_strndup(a, path, (size_t)(dot - path))
			   : NULL;
}

/*
 * Gives a member of the body a value that it may have. Returns false if no value
 * is known, or if the member already has it.
 */
static bool
replace_at(struct faulty_body *b, const struct fault *f, stand_in_fn *stand_in,
    const void *of)
{
	struct json_object *other, *is;
	bool present;

	if (strchr(f->path, '.') != NULL || (other = stand_in(of, f)) == NULL)
		return false;
	is = json_get(b->rest, f->path, &present);
	if ((present && json_object_equal(is, other)) ||
	    json_object_equal(json_get(b->given, f->path, &present), other))
		return false;
	json_share(b->rest, f->path, other);
	put_aside(b, f->path, true);
	return true;
}

/*
 * Changes the copy so that the next trial does not find the fault again. If the
 * member is already missing, removes the object or list that contains it.
 */
static bool
set_aside(struct faulty_body *b, const struct fault *f, stand_in_fn *stand_in,
    const void *of)
{
	const char *path = f->path;
	bool present;

	if (replace_at(b, f, stand_in, of))
		return true;
	if (json_get_bool(b->aside, path, false))
		return false; /* the member already has a stand-in */
	/*
	 * If this empty list were removed, the next trial would require one of
	 * its alternatives.
	 */
	if (strcmp(f->code, "required") == 0 && strchr(path, '.') == NULL &&
	    json_object_is_type(
		json_get(b->given, path, &present), json_type_array))
		return false;
	for (; path != NULL; path = path_above(b->arena, path))
		if (remove_at(b, path)) {
			put_aside(b, path, false);
			return true;
		}
	put_aside(b, f->path, false); /* later trials find it again */
	return false;
}

/*
 * Returns true for a fault of the body of the client. A member that is missing
 * because it was removed is not a fault.
 */
static bool
is_own(const struct faulty_body *b, const struct fault *f)
{
	return !is_aside(b, f->path) &&
	    (find(b, false, f->path).present ||
		strcmp(f->code, "required") == 0);
}

void
faulty_body_once(struct fault *first)
{
	struct fault *f = first, *g;

	while (f->next != NULL) {
		for (g = first; g != f->next; g = g->next)
			if (strcmp(g->path, f->next->path) == 0)
				break;
		if (g != f->next)
			f->next = f->next->next;
		else
			f = f->next;
	}
}

static bool
has_path(const struct fault *f, const char *path)
{
	while (f != NULL && strcmp(f->path, path) != 0)
		f = f->next;
	return f != NULL;
}

struct fault *
faulty_body_take(struct faulty_body *b, struct fault *all, unsigned long most,
    stand_in_fn *stand_in, const void *of, bool *changed)
{
	struct fault *own = NULL, **end = &own, *f;

	*changed = false;
	for (f = all; f != NULL; f = f->next)
		move_to(b, f);
	for (f = all; f != NULL; f = f->next) {
		if (most == 0 || !is_own(b, f) || has_path(own, f->path))
			continue;
		most--;
		*end = arena_alloc(b->arena, sizeof *f);
		**end = *f;
		(*end)->next = NULL;
		end = &(*end)->next;
	}
	for (f = all; f != NULL; f = f->next)
		*changed = set_aside(b, f, stand_in, of) || *changed;
	return own;
}
