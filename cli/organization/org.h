#ifndef ORG_H
#define ORG_H

struct invocation;

/*
 * The ID of the organization in the first argument, a slug or an ID, including
 * deleted organizations; NULL: error reported.
 */
const char *org_find(struct invocation *);

#endif
