#ifndef CATALOGUE_H
#define CATALOGUE_H

struct pg;
struct pg_rows;

/* The schemas of Tenantry, as a list in SQL. */
#define CATALOGUE_SCHEMAS                                                      \
	"('better_auth', 'crm', 'factory_app', "                               \
	"'identity', 'membership', 'ops')"

/*
 * Reads all objects of these schemas, with their definitions, privileges and
 * owners, from the system catalogs. OWNER stands for the current role. On an
 * error, reports it on stderr and returns NULL.
 */
const struct pg_rows *catalogue_read(struct pg *);

/*
 * Returns a digest that differs after each change of the data of
 * catalogue_read(), and in another database. It takes a fraction of the time of
 * catalogue_read(). Returns NULL on an error.
 */
const char *catalogue_state(struct pg *);

/*
 * Called for each difference. side is -1 for an object that only the first list
 * has, 1 for an object that only the second list has, and 0 if the definitions
 * differ.
 */
typedef void catalogue_difference(void *data, const char *name, int side);

/* Returns the number of differences. */
int catalogue_compare(const struct pg_rows *first, const struct pg_rows *second,
    catalogue_difference *, void *data);

#endif
