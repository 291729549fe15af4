#ifndef SHAPE_CHECK_H
#define SHAPE_CHECK_H

struct json_object;
struct request;
struct shape;

/*
 * Records all faults of a value at a path, such as "entries": wrong types,
 * unknown and missing members, texts that are too long or not among the
 * choices. The paths of the faults are exact: "entries.1.status". With the path
 * "", they begin with the members of the value. A member that is optional may
 * also be null. If the shape is NULL, every value is valid.
 */
void shape_check(struct request *, const char *path, const struct shape *,
    struct json_object *value);

#endif
