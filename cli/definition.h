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
	const char *sql;
	const char *sum; /* SHA-256 of the text and of all that it needs */
	struct needs needs;
	int mark;  /* while they are put in order */
	bool done; /* for the caller: it has been looked at */
};

/* All of them, each behind those that it needs, otherwise by name. */
struct definitions {
	struct definition **all;
	int n;
};

/* The names in "-- needs: a/b.sql c/d.sql" lines of a file. */
struct needs needs_read(struct arena *, const char *sql);

/*
 * The files dir/schema/FOLDER/NAME.sql; none where there is no such folder.
 * False, with one line on stderr, when a file cannot be read, needs one that
 * is not there, or needs itself.
 */
bool definitions_read(struct arena *, const char *dir, struct definitions *);

/* NULL when there is none of that name. */
struct definition *definition_find(
    const struct definitions *, const char *name);

#endif
