#ifndef YAML_DOCUMENT_H
#define YAML_DOCUMENT_H

#include <json-c/json.h>

struct arena;

/* The object as YAML, readable for people. */
const char *yaml_write(struct arena *, struct json_object *);

/*
 * Reads YAML of mappings, sequences and scalars, which become objects, arrays
 * and texts; a plain "null", "~" or nothing becomes null.  NULL, with
 * "path:line: reason" on stderr, on an error or a duplicate key.
 */
struct json_object *yaml_read(
    struct arena *, const char *path, const char *text);

#endif
