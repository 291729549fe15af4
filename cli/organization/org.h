#ifndef ORG_H
#define ORG_H

struct invocation;

/*
 * The id of the organization that the first argument names, by slug or id,
 * deleted ones included; NULL: error reported.
 */
const char *org_find(struct invocation *);

#endif
