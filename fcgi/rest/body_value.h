#ifndef BODY_VALUE_H
#define BODY_VALUE_H

struct column;
struct json_object;
struct request;
struct resource;

/*
 * Adds the faults in a value of the right type. A text may be too long or not
 * among the choices. A list or object may have unknown members or wrong types.
 */
void body_value_check(
    struct request *, const struct column *, struct json_object *value);

/*
 * Adds the faults in a value of the wrong type: one for each element of a list
 * of IDs that is not an ID, and otherwise one for the whole value.
 */
void body_value_refuse(
    struct request *, const struct column *, struct json_object *value);

/*
 * Adds the faults in an object at a path whose members are fields of a
 * resource.
 */
void body_value_check_row(struct request *, const char *path,
    const struct resource *, struct json_object *row);

/* Returns the path of a member or an element, such as "email_jsonb.0". */
const char *body_value_path(
    struct request *, const char *path, const char *member);

#endif
