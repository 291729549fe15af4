#ifndef FIELD_LIMITS_H
#define FIELD_LIMITS_H

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;

/*
 * Limits the rest of the request to the fields that the caller's roles allow,
 * {"contacts":{"read":["last_name"],"update":[]}}. "key" lists the fields that
 * the API key may write. From then on, the request's
 * resources have only these columns, id and sales_id. The resources are copies
 * in the request's arena.
 */
enum problem_code field_limits_apply(
    struct request *, const char *limits) MUST_CHECK;

/* Refuses a request that changes a field that the caller cannot write. */
enum problem_code field_limits_check(
    struct request *, const char *resource, const char *field) MUST_CHECK;

/*
 * Records the fault of a field that the caller cannot write: key_scope if the
 * API key lists other fields, or else role.
 */
void field_limits_fault(
    struct request *, const char *resource, const char *field);

/*
 * Adds the faults of the custom fields that a new row cannot have. The database
 * finds them.
 */
void field_limits_custom_faults(
    struct request *, const struct resource *, struct json_object *row);

/* Refuses the request because of a single such field. */
enum problem_code field_limits_refuse(
    struct request *, const char *resource, const char *field);

/*
 * Makes the database refuse a new value for a field that the caller may read
 * but not write. The current value is accepted, because clients send whole
 * rows. Refuses a hidden field.
 */
enum problem_code field_limits_keep(
    struct request *, const char *resource, const char *field) MUST_CHECK;

#endif
