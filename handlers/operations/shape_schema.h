#ifndef SHAPE_SCHEMA_H
#define SHAPE_SCHEMA_H

#include <stdbool.h>

struct buf;

/*
 * Writes the JSON Schema of a shape, the text of route.returns or route.takes,
 * see lib/format/shape.h. resource may be NULL if the shape contains no "@".
 * context is that of member_put().
 */
void shape_schema_put(
    struct buf *, const char *shape, const char *resource, const char *context);

/*
 * Writes the JSON Schema of a body like shape_schema_put(), with a maximum
 * length for each list.
 */
void shape_schema_put_body(
    struct buf *, const char *shape, const char *resource, const char *context);

/*
 * Writes the schema of one member of a shape with members, "{ids:[integer]}".
 * Returns false without writing if the shape is NULL or lacks the member.
 */
bool shape_schema_put_member(struct buf *, const char *shape,
    const char *member, const char *resource, const char *context);

/* Writes the named shapes: "User":{...},"Session":{...} */
void shape_schema_put_named(struct buf *);

#endif
