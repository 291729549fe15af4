#ifndef CATALOGUE_H
#define CATALOGUE_H

struct pg;
struct pg_rows;

/*
 * All objects of the schemas crm, identity and ops with their definitions,
 * privileges and owners from the system catalogs.  NULL, with one line on
 * stderr, when it cannot be read.
 */
const struct pg_rows *catalogue_read(struct pg *);

/* Names each difference on stderr; how many there are. */
int catalogue_compare(
    const struct pg_rows *live, const struct pg_rows *expected);

#endif
