#ifndef CUSTOM_FIELDS_H
#define CUSTOM_FIELDS_H

#include "lib/base/problem.h"

struct column;
struct request;
struct resource;

/* The column that contains the values of fields that organizations define. */
#define CUSTOM "custom"

/*
 * Finds a column of the resource of the request to filter, sort or aggregate.
 * Returns NULL if there is none. Refuses a rollup of too many rows.
 * For "custom.KEY" or "custom->KEY" it reads the definitions of the
 * organization once, and adds them to the resource of the request as columns.
 */
enum problem_code custom_fields_column(
    struct request *, const char *name, const struct column **) MUST_CHECK;

/* Reads the definitions, as custom_fields_column() does. */
enum problem_code custom_fields_read(struct request *) MUST_CHECK;

/*
 * Returns a copy of the resource in which one column per field replaces the
 * column for all fields. The fields must already have been read.
 */
const struct resource *custom_fields_spread(
    struct request *, const struct resource *);

#endif
