#ifndef AGGREGATE_H
#define AGGREGATE_H

#include "fcgi/http/route.h"

/* GET /api/deals/aggregate: rows counted and summed up, by group. */
action_fn resource_aggregate;

#endif
