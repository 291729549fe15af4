#ifndef KNOWN_NAMES_H
#define KNOWN_NAMES_H

struct nearest;
struct request;
struct resource;

/*
 * Lists the valid names in place of a misspelt one, for refusals. The names are
 * those of the request's resource.
 */

/* Names of fields and relations, for a filter. */
const char *known_filters(struct request *, const char *key);

/* Names of fields that have an order, for sort. */
const char *known_orders(struct request *, const char *name);

/* Names of fields, for the fields parameter. */
const char *known_fields(
    struct request *, const struct resource *, const char *name);

/* Groups, such as "stage", "company.sector" and "created_at:month". */
const char *known_groups(
    struct request *, const char *text, const char *const *units);

/* Aggregates, such as "count" and "sum:amount". */
const char *known_values(struct request *, const char *text);

/*
 * Names of members of a body that are similar to this one, or of all members.
 */
const char *known_members(
    struct request *, const struct resource *, const char *name);

/* Adds the resources whose rows refer to rows of the request's resource. */
void known_children(struct request *, struct nearest *);

#endif
