#ifndef YAML_DOCUMENT_H
#define YAML_DOCUMENT_H

#include <json-c/json.h>

struct arena;

/* Returns the object as human-readable YAML. */
const char *yaml_write(struct arena *, struct json_object *);

/*
 * Reads YAML mappings, sequences and scalars, which become objects, arrays and
 * texts. A plain "null", "~" or nothing becomes null. On an error or a
 * duplicate key, prints "path:line: reason" on stderr and returns NULL.
 */
struct json_object *yaml_read(
    struct arena *, const char *path, const char *text);

#endif
