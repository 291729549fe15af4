#ifndef MEMBER_H
#define MEMBER_H

struct buf;
struct route;

/*
 * Writes an object member in the OpenAPI document, "name":{...}, with its
 * description. schema is a JSON object without a description. context is the
 * object that has the member: the name of a shape or of a route, followed by
 * the names of the outer members, as in "batch.operations".
 */
void member_put(struct buf *, const char *context, const char *name, int len,
    const char *schema);

/* Returns the name of a route for member_put(): its path without "/api/". */
const char *member_context(const struct route *);

#endif
