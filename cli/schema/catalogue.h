#ifndef CATALOGUE_H
#define CATALOGUE_H

struct pg;
struct pg_rows;

/* Tenantry's schemas, as an SQL list. */
#define CATALOGUE_SCHEMAS                                                      \
	"('better_auth', 'crm', 'factory_app', "                               \
	"'identity', 'membership', 'ops')"

/*
 * Reads all objects in these schemas, with their definitions, privileges and
 * owners, from the system catalogs. OWNER represents the current role. On an
 * error, reports it on stderr and returns NULL.
 */
const struct pg_rows *catalogue_read(struct pg *);

/*
 * Returns a digest that differs after each change to the data of
 * catalogue_read(), and in a different database. This takes a fraction of the
 * time of catalogue_read(). Returns NULL on an error.
 */
const char *catalogue_state(struct pg *);

/*
 * Kinds of difference: the first list has more, or fewer, values of an
 * enumeration.
 */
#define CATALOGUE_MORE  2
#define CATALOGUE_FEWER 3

/*
 * Called for each difference. side is -1 for an object only in the first list,
 * 1 for an object only in the second list, and 0 if the definitions differ.
 * Values can be added to an enumeration while the server runs, so
 * CATALOGUE_MORE and CATALOGUE_FEWER are separate.
 */
typedef void catalogue_difference(void *data, const char *name, int side);

/*
 * Compares two lists. Returns the number of differences, without
 * CATALOGUE_MORE.
 */
int catalogue_compare(const struct pg_rows *first, const struct pg_rows *second,
    catalogue_difference *, void *data);

#endif
