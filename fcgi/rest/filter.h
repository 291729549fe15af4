#ifndef FILTER_H
#define FILTER_H

#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;
struct statement;

/*
 * Appends " WHERE ..." for a filter object, or nothing if the filter is empty.
 * Members are "column" or "column@operator". "q" is a text search. "@or",
 * "@and" and "@not" contain nested filters. An array means IN. relation.h
 * describes members for related rows. Unknown names and values of the wrong
 * type are refused.
 *
 * If the filter has q, *search is the step that must run first, so that all
 * statements with this filter share one search.
 */
enum problem_code filter_put(struct request *, struct statement *,
    struct json_object *filter, struct db_step *search) MUST_CHECK;

/* Writes the conditions of a filter on related rows t of the route's resource. */
enum problem_code filter_put_related(struct request *, struct statement *,
    struct json_object *filter) MUST_CHECK;

#endif
