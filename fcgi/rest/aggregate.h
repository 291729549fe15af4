#ifndef AGGREGATE_H
#define AGGREGATE_H

#include "fcgi/http/route.h"

/*
 * GET /api/deals/aggregate: returns counts, sums and other aggregates by group.
 */
action_fn resource_aggregate;

#endif
