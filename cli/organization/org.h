#ifndef ORG_H
#define ORG_H

struct invocation;

/*
 * Returns the ID of the organization that the first argument names, by slug or
 * ID. Deleted organizations are included. On an error, reports it and returns
 * NULL.
 */
const char *org_find(struct invocation *);

#endif
