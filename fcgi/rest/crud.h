#ifndef CRUD_H
#define CRUD_H

#include "fcgi/http/route.h"

/*
 * The routes that every resource has, as clients of ra-data-simple-rest call
 * them; the last row has no action.
 */
extern const struct route resource_routes[];

/* Answers with a list; for handlers that add to the query first. */
action_fn resource_list;

#endif
