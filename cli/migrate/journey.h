#ifndef JOURNEY_H
#define JOURNEY_H

#include <stdbool.h>

struct arena;

/* The sections of a step, which journeys/README.md describes. */
enum journey_section {
	SECTION_BODY, /* the query of a check or a rule */
	SECTION_READ,
	SECTION_PRECONDITION,
	SECTION_FETCH,
	SECTION_REJECT,
	SECTION_FORWARD,
	SECTION_KNOWN,
	SECTION_COMPARE,
	SECTION_VERIFY,
	SECTION_REVERSE,
	SECTION_EXPORT,
	SECTION_RETURN,
	SECTION__MAX
};

struct journey_header {
	const char *name;
	const char *value;
};

#define JOURNEY_HEADERS 8 /* maximum per file */

/* A check, a step or a rule. */
struct journey_file {
	int number; /* the number in a step's name; otherwise 0 */
	const char *name;
	const char *path;
	const char *title; /* the first line of the comment */
	struct journey_header headers[JOURNEY_HEADERS];
	int nheaders;
	/* SQL without a trailing semicolon, or NULL. */
	const char *sections[SECTION__MAX];
};

struct journey_files {
	struct journey_file *all; /* sorted by name */
	int n;
};

/* The replacement for a table that the source does not have. */
struct journey_instead {
	const char *table, *text;
};

#define JOURNEY_INSTEADS 24 /* maximum */

/* Renames environment variables that begin with a prefix. */
struct journey_prefix {
	const char *old, *current;
};

#define JOURNEY_PREFIXES 4 /* maximum */

/* An environment variable that queries read. */
struct journey_setting {
	const char *variable, *fallback; /* NULL: empty */
};

#define JOURNEY_SETTINGS 8 /* maximum */

/* A source table that a plan maps, with the columns that queries read. */
struct journey_table {
	const char *name;
	const char *columns; /* "NAME:TYPE", with "?" or "=LITERAL" */
	const char *names;   /* column names, separated by spaces */
	const char *rest;    /* the treatment of other columns, or NULL */
	bool mapped;         /* the queries use the plan's mapping */
	bool left_out;       /* the plan does not import the table */
};

#define JOURNEY_TABLES 24 /* maximum */
#define JOURNEY_LINES  48 /* maximum for "like", and for "skip" and "archive" */

struct journey {
	const char *name;
	struct journey_files checks, steps, rules;
	struct journey_instead insteads[JOURNEY_INSTEADS];
	int ninsteads;
	struct journey_prefix prefixes[JOURNEY_PREFIXES];
	int nprefixes;
	struct journey_setting settings[JOURNEY_SETTINGS];
	int nsettings;
	struct journey_table *tables;
	int ntables;
	const char *likes[JOURNEY_LINES]; /* a name and its synonyms */
	int nlikes;
	/* The complete lines "archive TABLE TEXT" and "skip TABLE TEXT". */
	const char *decided[JOURNEY_LINES];
	int ndecided;
	const char *application; /* the application's schema, or NULL */
	const char *platform;    /* schemas of other programs, or NULL */
	/* The source is the target, which remains in use during the run. */
	bool within;
	/* The value in the plan that names a run's organization, or NULL. */
	const char *organization;
	/* The version of Tenantry, and a checksum of all files. */
	const char *version;
};

/*
 * Reads the folder dir/journeys/NAME. Reports an error on stderr with the file
 * name and returns NULL if the folder is missing or a file has an error.
 */
const struct journey *journey_read(
    struct arena *, const char *dir, const char *name);

/*
 * Replaces a table's name in all SQL, and also in all headers if the text is
 * the name of another table.
 */
void journey_replace(
    struct arena *, const struct journey *, const struct journey_instead *);

/*
 * Replaces a table's name in the queries on the source, except within literals.
 */
void journey_substitute(struct arena *, const struct journey *,
    const char *table, const char *query);

/* Returns a header's value, or NULL. */
const char *journey_header(const struct journey_file *, const char *name);

/*
 * Returns the next word in a list separated by spaces, or NULL at the end of
 * the list.
 */
const char *journey_word(struct arena *, const char **list);

#endif
