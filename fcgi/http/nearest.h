#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

#include "lib/base/problem.h"

struct arena;
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

/*
 * Records a fault of the body: no resource has this name. Suggests the most
 * similar name.
 */
enum problem_code nearest_resource(
    struct request *, const char *path, const char *name);

#endif
