#ifndef YAML_DOCUMENT_H
#define YAML_DOCUMENT_H

#include <json-c/json.h>

struct arena;

/* Writes the object as YAML that people can read. */
const char *yaml_write(struct arena *, struct json_object *);

/*
 * Reads YAML of mappings, sequences and scalars, which become objects, arrays
 * and texts; a plain "null", "~" or nothing becomes null. On an error or a
 * duplicate key, prints "path:line: reason" on stderr and returns NULL.
 */
struct json_object *yaml_read(
    struct arena *, const char *path, const char *text);

#endif
