#ifndef CRUD_H
#define CRUD_H

#include "fcgi/http/route.h"

/*
 * The routes of every resource, in the dialect of ra-data-simple-rest. The last
 * route has no action.
 */
extern const struct route resource_routes[];

/*
 * Lists rows. A handler that modifies the query calls this function afterwards.
 */
action_fn resource_list;

#endif
