#ifndef NAMED_SHAPE_H
#define NAMED_SHAPE_H

struct arena;
struct resource;
struct shape;

/* Returns the name and the text of the nth named shape, or NULL after it. */
const char *named_shape(unsigned n, const char **text);

/*
 * Returns the shape of a body. Names stand for the named shapes and for those
 * that the fields of resources have in the catalogue. Any value fits a name
 * that is neither.
 */
struct shape *named_shape_parse(
    struct arena *, const struct resource *const *resources, const char *text);

#endif
