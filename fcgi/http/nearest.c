/* Finds the name or path that a client probably meant. */

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define LETTERS_MAX 2   /* maximum number of differing letters in a word */
#define PATH_LEN    128 /* maximum length of a compared text */

size_t
nearest_distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX + 1], len = strlen(b), i, j, above, last;

	if (len > NEAREST_MAX || strlen(a) > NEAREST_MAX)
		return NEAREST_MAX;
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; *a != '\0'; a++, i++) {
		last = row[0];
		row[0] = i;
		for (j = 1; j <= len; j++) {
			above = row[j];
			row[j] = last + (*a != b[j - 1]);
			if (above + 1 < row[j])
				row[j] = above + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			last = above;
		}
	}
	return row[len];
}

void
nearest_begin(struct nearest *n, struct arena *a, const char *asked)
{
	*n = (struct nearest){ .arena = a, .asked = asked };
}

void
nearest_add(struct nearest *n, const char *name)
{
	size_t distance = nearest_distance(n->asked, name),
	       i = n->total < NEAREST_SHOWN ? n->total : NEAREST_SHOWN;

	n->total++;
	if (i == NEAREST_SHOWN && n->distances[--i] <= distance)
		return;
	for (; i > 0 && n->distances[i - 1] > distance; i--) {
		n->names[i] = n->names[i - 1];
		n->distances[i] = n->distances[i - 1];
	}
	n->names[i] = name;
	n->distances[i] = distance;
}

void
nearest_add_all(struct nearest *n, const char *const *names)
{
	for (; *names != NULL; names++)
		nearest_add(n, *names);
}

/* Joins the first names. */
static const char *
names_text(const struct nearest *n, size_t count, bool more)
{
	struct buf b;
	size_t i;

	buf_init(&b, n->arena);
	for (i = 0; i < count; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", n->names[i]);
	buf_puts(&b, more ? ", ..." : "");
	return b.len > 0 ? b.data : "";
}

const char *
nearest_list(const struct nearest *n)
{
	bool more = n->total > NEAREST_SHOWN;

	return names_text(n, more ? NEAREST_SHOWN : n->total, more);
}

/* Returns true if a name may be a misspelling of the other one. */
static bool
is_near(const char *asked, const char *name, size_t distance)
{
	size_t least = strlen(asked);

	if (strlen(name) < least)
		least = strlen(name);
	return distance <= LETTERS_MAX + least / 8 && distance <= least / 2;
}

const char *
nearest_hint(const struct nearest *n)
{
	size_t i = 0;

	while (i < n->total && i < NEAREST_SHOWN &&
	    n->distances[i] == n->distances[0] &&
	    is_near(n->asked, n->names[i], n->distances[i]))
		i++;
	return i > 0 ? names_text(n, i, false) : nearest_list(n);
}

/*
 * Returns the next segment of a path without its slashes, or NULL at the end.
 */
static const char *
segment(struct arena *a, const char **path)
{
	size_t len;

	*path += strspn(*path, "/");
	if (**path == '\0')
		return NULL;
	len = strcspn(*path, "/");
	*path += len;
	return arena_strndup(a, *path - len, len);
}

/*
 * Returns the number of differing letters, and writes the path with the words
 * of the pattern. Returns NEAREST_MAX if the path has different segments.
 */
static size_t
compare(struct arena *a, const char *pattern, const char *path, struct buf *b)
{
	const char *word, *asked;
	size_t sum = 0, n;

	for (;;) {
		word = segment(a, &pattern);
		asked = segment(a, &path);
		if (word == NULL || asked == NULL)
			return word == asked ? sum : NEAREST_MAX;
		if (*word == '{') {
			buf_printf(b, "/%s", asked);
			continue;
		}
		n = nearest_distance(word, asked);
		if (n > LETTERS_MAX || n >= strlen(word) / 2)
			return NEAREST_MAX;
		sum += n;
		buf_printf(b, "/%s", word);
	}
}

static const char *
nearest_of(struct arena *a, const struct route *routes, size_t nroutes,
    const char *path)
{
	size_t least = NEAREST_MAX, n, i;
	const char *near = NULL;
	struct buf b;

	for (i = 0; i < nroutes; i++) {
		if ((routes[i].flags & ROUTE_SECRET) != 0)
			/* A suggestion would reveal the path in the log. */
			continue;
		buf_init(&b, a);
		n = compare(a, routes[i].pattern, path, &b);
		if (n >= least || b.len == 0)
			continue;
		least = n;
		near = b.data;
	}
	return near;
}

/* Returns true for a word with which paths of other APIs begin: "v1". */
static bool
is_prefix(const char *word)
{
	return strcasecmp(word, "api") == 0 || strcasecmp(word, "rest") == 0 ||
	    ((*word == 'v' || *word == 'V') && word[1] != '\0' &&
		word[1 + strspn(word + 1, "0123456789.")] == '\0');
}

/* Returns "/api/contacts" for "/contacts", "/v1/contacts", "/api/v1/contacts".
 */
static const char *
api_path(struct arena *a, const char *path)
{
	const char *rest = path, *word;

	do
		path = rest;
	while ((word = segment(a, &rest)) != NULL && is_prefix(word));
	path += strspn(path, "/");
	return arena_printf(a, "/api/%s", path);
}

const char *
nearest_path(struct arena *a, const struct route *routes, size_t nroutes,
    const char *path)
{
	const char *near;

	if (strlen(path) > PATH_LEN)
		return NULL;
	near = nearest_of(a, routes, nroutes, path);
	return near != NULL ? near
			    : nearest_of(a, routes, nroutes, api_path(a, path));
}

/* Returns the most similar name, or NULL if the text is too long to compare. */
static const char *
nearest_name(const struct resource *const *all, const char *text)
{
	size_t least = NEAREST_MAX, n;
	const char *best = NULL;

	for (; *all != NULL; all++) {
		n = nearest_distance(text, (*all)->name);
		if (n < least) {
			least = n;
			best = (*all)->name;
		}
	}
	return best;
}

enum problem_code
nearest_resource(struct request *rq, const char *path, const char *name)
{
	const char *near = nearest_name(rq->resources, name);

	if (near == NULL)
		request_fault(rq, "no_such_resource", path);
	else
		request_fault(rq, "no_such_resource_near", path, near);
	return rq->problem.code;
}
