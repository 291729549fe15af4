#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>

struct arena;
struct json_object;

/*
 * One kind of row in another system, whose database is only read. The target's
 * function identity.import_KIND(jsonb) imports the rows and returns the result
 * for each.
 */
struct import_kind {
	const char *kind;  /* the kind in the name of the target's function */
	const char *title; /* title in the report */
	/*
	 * Possible names of the table, NULL-terminated. The first table that
	 * exists is read.
	 */
	const char *const *tables;
	/* Selects one jsonb value per row from the table %s. */
	const char *select;
	/* Converts a row to the target's format. It may be NULL. */
	bool (*convert)(
	    struct arena *, const char *secret, struct json_object *row);
};

/* The sources for "tenantry import NAME", in this order. */
struct import_source {
	const char *name;
	const struct import_kind *kinds;
	int nkinds;
};

extern const struct import_source better_auth_source;

#endif
