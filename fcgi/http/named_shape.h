#ifndef NAMED_SHAPE_H
#define NAMED_SHAPE_H

struct arena;
struct resource;
struct shape;

/* Returns the name and the text of the nth named shape, or NULL at the end. */
const char *named_shape(unsigned n, const char **text);

/*
 * Returns the shape of a body. A name in the text refers to a named shape, or to
 * a shape that a field of a resource names in the catalogue. For an unknown
 * name, any value is valid.
 */
struct shape *named_shape_parse(
    struct arena *, const struct resource *const *resources, const char *text);

#endif
