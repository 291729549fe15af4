#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

#include "lib/base/problem.h"

struct arena;
struct buf;
struct request;
struct route;

/* Maximum length of a word. Longer words are never compared. */
#define NEAREST_MAX 32

/*
 * Returns the number of letters to insert, remove or replace (Levenshtein
 * distance) to turn one word into the other. Returns NEAREST_MAX for longer
 * words.
 */
size_t nearest_distance(const char *a, const char *b);

/*
 * Returns the path of the route that the client probably meant: without a
 * trailing slash, or with up to 2 differing letters in each word. Segments for
 * "{word}" are kept. Returns NULL if no route is similar enough, or if the path
 * is too long or secret. The arena owns the result.
 */
const char *nearest_path(
    struct arena *, const struct route *, size_t nroutes, const char *path);

/* Maximum number of names in a refusal. */
#define NEAREST_SHOWN 20

/*
 * The names that a client may have meant. The most similar names come first.
 * Equally similar names keep the order in which they were added. The texts must
 * remain valid until the list is written.
 */
struct nearest {
	struct arena *arena;
	const char *asked;
	size_t total; /* number of names that were added */
	const char *names[NEAREST_SHOWN];
	size_t distances[NEAREST_SHOWN];
};

void nearest_begin(struct nearest *, struct arena *, const char *asked);
void nearest_add(struct nearest *, const char *name);

/* Adds the names up to NULL. */
void nearest_add_all(struct nearest *, const char *const *names);

/* Returns "email, name", the most similar first. "..." stands for more names.
 */
const char *nearest_list(const struct nearest *);

/*
 * Returns the names that differ in few letters. Returns the whole list if there
 * are none.
 */
const char *nearest_hint(const struct nearest *);

/*
 * Records a fault of the body: no resource has this name. Suggests the most
 * similar name.
 */
enum problem_code nearest_resource(
    struct request *, const char *path, const char *name);

#endif
