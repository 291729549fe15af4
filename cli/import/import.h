#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>

struct arena;
struct json_object;

/*
 * One kind of row of another system, whose database is only read.  The function
 * identity.import_KIND(jsonb) of the target imports the rows and returns the
 * result for each.
 */
struct import_kind {
	const char *kind;  /* in the name of the target's function */
	const char *title; /* title in the report */
	/*
	 * Possible names of the table, ended by NULL. The first table that
	 * exists is read.
	 */
	const char *const *tables;
	/* Selects one jsonb per row from the table %s. */
	const char *select;
	/* Converts a row to the format of the target. It may be NULL. */
	bool (*convert)(
	    struct arena *, const char *secret, struct json_object *row);
};

/* The sources of "tenantry import NAME", in this order. */
struct import_source {
	const char *name;
	const struct import_kind *kinds;
	int nkinds;
};

extern const struct import_source better_auth_source;

#endif
