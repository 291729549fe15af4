#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>

struct arena;
struct json_object;

/*
 * One kind of row that comes from another system.  The source is only read;
 * SQL functions of the target, identity.import_KIND(jsonb), take the rows in
 * and say what became of each.
 */
struct import_kind {
	const char *kind;  /* of the target's function */
	const char *title; /* for the report */
	/* Tables to look for, the first that is there; NULL-ended. */
	const char *const *tables;
	/* One jsonb a row, of the table %s. */
	const char *select;
	/* Puts a row into the form the target keeps; may be NULL. */
	bool (*convert)(
	    struct arena *, const char *secret, struct json_object *row);
};

/* What "tenantry import NAME" brings over, in this order. */
struct import_source {
	const char *name;
	const struct import_kind *kinds;
	int nkinds;
};

extern const struct import_source better_auth_source;
extern const struct import_source supabase_source;

#endif
