#ifndef MEMBER_H
#define MEMBER_H

struct buf;

/*
 * Writes a member of an object in the OpenAPI document: "name":{...}, with the
 * description that is common to all members with this name. schema is a JSON
 * object without a description.
 */
void member_put(struct buf *, const char *name, int len, const char *schema);

#endif
