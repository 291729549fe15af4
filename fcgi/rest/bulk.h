#ifndef BULK_H
#define BULK_H

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/problem.h"

struct json_object;

/*
 * POST /api/RESOURCE/bulk: updates or deletes all rows that a filter or a list
 * of ids selects.
 */
action_fn resource_bulk;

/* The members of the request body. */
extern const struct body_field bulk_body[];

#endif
