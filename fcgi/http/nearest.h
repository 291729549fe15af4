#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

struct arena;
struct route;

/* Longer words are compared with none. */
#define NEAREST_MAX 32

/*
 * The number of letters to insert, remove or replace (Levenshtein) to make one
 * word the other; NEAREST_MAX for words longer than that.
 */
size_t nearest_distance(const char *a, const char *b);

/*
 * The path of one of the routes that was probably meant: without a slash at the end, or
 * with up to 2 other letters in each word.  Segments for "{word}" remain.  NULL
 * if no route is so near, or if the path is long or that of a secret.  In the
 * arena.
 */
const char *nearest_path(
    struct arena *, const struct route *, size_t nroutes, const char *path);

#endif
