#ifndef BODY_VALUE_H
#define BODY_VALUE_H

struct column;
struct json_object;
struct request;

/*
 * Adds the faults of a value with the right type: a text that is too long or
 * not among the choices, and unknown members or wrong types inside a list or an
 * object.
 */
void body_value_check(
    struct request *, const struct column *, struct json_object *value);

/* The path of a member or an element: "email_jsonb.0". */
const char *body_value_path(
    struct request *, const char *path, const char *member);

#endif
