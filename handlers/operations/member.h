#ifndef MEMBER_H
#define MEMBER_H

struct buf;

/*
 * Writes an object member in the OpenAPI document, "name":{...}, with the
 * description that all members with this name share. schema is a JSON object
 * without a description.
 */
void member_put(struct buf *, const char *name, int len, const char *schema);

#endif
