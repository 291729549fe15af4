#ifndef CATALOGUE_H
#define CATALOGUE_H

struct pg;
struct pg_rows;

/* Our schemas, as a list in SQL. */
#define CATALOGUE_SCHEMAS                                                      \
	"('better_auth', 'crm', 'factory_app', "                               \
	"'identity', 'membership', 'ops')"

/*
 * All objects of our schemas with their definitions, privileges and owners from
 * the system catalogs, in which OWNER stands for the current role.  NULL, with
 * one line on stderr, when it cannot be read.
 */
const struct pg_rows *catalogue_read(struct pg *);

/*
 * A digest that differs after each change of the data of catalogue_read(), in a
 * fraction of its time, and that differs for another database. NULL if it
 * cannot be read.
 */
const char *catalogue_state(struct pg *);

/*
 * Called for each difference; side is -1 for an object that only the first one
 * has, 1 for one that only the second one has, and 0 if both define it
 * differently.
 */
typedef void catalogue_difference(void *data, const char *name, int side);

/* How many differences there are. */
int catalogue_compare(const struct pg_rows *first, const struct pg_rows *second,
    catalogue_difference *, void *data);

#endif
