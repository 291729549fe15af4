#ifndef DEFINITION_H
#define DEFINITION_H

#include <stdbool.h>

struct arena;

/* Names of the definitions that a file needs, from its "-- needs:" lines. */
struct needs {
	const char **names;
	int n;
};

/* A file in schema/: current functions, views, triggers and policies. */
struct definition {
	const char *name; /* "crm/contact.sql" */
	const char *path;
	const char *sql; /* including the grants for its "-- callers:" lines */
	const char *sum; /* SHA-256 of the text and all files that it needs */
	struct needs needs;
	int mark;  /* used while sorting */
	bool done; /* the caller has processed the definition */
};

/*
 * All definitions. Each definition follows those that it needs. Apart from
 * that, they are sorted by name.
 */
struct definitions {
	struct definition **all;
	int n;
};

/* Returns the names in a file's "-- needs: a/b.sql c/d.sql" lines. */
struct needs needs_read(struct arena *, const char *sql);

/*
 * Reads the files dir/schema/FOLDER/NAME.sql, or none if there is no folder
 * schema. Each file implicitly needs ops/request.sql, if that file exists.
 * Reports an error on stderr and returns false if a file cannot be read, needs
 * a missing file, or needs itself.
 */
bool definitions_read(struct arena *, const char *dir, struct definitions *);

/* Returns the definition with this name, or NULL. */
struct definition *definition_find(
    const struct definitions *, const char *name);

#endif
