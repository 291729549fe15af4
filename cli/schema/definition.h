#ifndef DEFINITION_H
#define DEFINITION_H

#include <stdbool.h>

struct arena;

/* Names of definitions that a file needs: its "-- needs:" lines. */
struct needs {
	const char **names;
	int n;
};

/* A file of schema/: current functions, views, triggers and policies. */
struct definition {
	const char *name; /* "crm/contact.sql" */
	const char *path;
	const char *sql; /* with the grants of its "-- callers:" lines */
	const char *sum; /* SHA-256 of the text and of all files it needs */
	struct needs needs;
	int mark;  /* used while sorting */
	bool done; /* for the caller: already processed */
};

/*
 * All definitions. Each follows those that it needs. Otherwise, the order is
 * that of the names.
 */
struct definitions {
	struct definition **all;
	int n;
};

/* The names in "-- needs: a/b.sql c/d.sql" lines of a file. */
struct needs needs_read(struct arena *, const char *sql);

/*
 * Reads the files dir/schema/FOLDER/NAME.sql, or none if there is no such
 * folder. Each file implicitly needs ops/request.sql, if it exists. If a file
 * cannot be read, needs a missing file, or needs itself, reports this on stderr
 * and returns false.
 */
bool definitions_read(struct arena *, const char *dir, struct definitions *);

/* Returns the definition with this name, or NULL. */
struct definition *definition_find(
    const struct definitions *, const char *name);

#endif
