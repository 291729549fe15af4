#ifndef JOURNEY_H
#define JOURNEY_H

#include <stdbool.h>

struct arena;

/* The sections of a step; journeys/README.md describes them. */
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
	int number; /* number of a step, from its name; otherwise 0 */
	const char *name;
	const char *path;
	const char *title; /* the first line of its comment */
	struct journey_header headers[JOURNEY_HEADERS];
	int nheaders;
	/* SQL without a semicolon at its end, or NULL. */
	const char *sections[SECTION__MAX];
};

struct journey_files {
	struct journey_file *all; /* by name */
	int n;
};

/* The replacement for a table that the source does not have. */
struct journey_instead {
	const char *table, *text;
};

#define JOURNEY_INSTEADS 8 /* at most */

/* Renames environment variables that begin with a prefix. */
struct journey_prefix {
	const char *old, *current;
};

#define JOURNEY_PREFIXES 4 /* at most */

/* A variable of the environment that queries read. */
struct journey_setting {
	const char *variable, *fallback; /* NULL: empty */
};

#define JOURNEY_SETTINGS 8 /* at most */

/* A table of the source that a plan maps, with the columns that queries read. */
struct journey_table {
	const char *name;
	const char *columns; /* "NAME:TYPE" with "?" or "=LITERAL" */
	const char *names;   /* names of the columns, separated by spaces */
	const char *rest;    /* the treatment of other columns, or NULL */
	bool mapped;         /* the queries use the mapping of the plan */
	bool left_out;       /* the plan does not import it */
};

#define JOURNEY_TABLES 24 /* at most */
#define JOURNEY_LINES  48 /* maximum of "like", or of "skip" and "archive" */

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
	/* The whole lines "archive TABLE TEXT" and "skip TABLE TEXT". */
	const char *decided[JOURNEY_LINES];
	int ndecided;
	const char *application; /* schema of the application, or NULL */
	/* The source is the target, which remains in use during the run. */
	bool within;
	/* The value of the plan that names the organization of a run, or NULL. */
	const char *organization;
	/* The version of Tenantry, and a checksum of all files. */
	const char *version;
};

/*
 * Reads the folder dir/journeys/NAME. If the folder is missing or a file has an
 * error, reports this with the name of the file on stderr and returns NULL.
 */
const struct journey *journey_read(
    struct arena *, const char *dir, const char *name);

/*
 * Replaces the name of a table in all SQL and, if the text is the name of another
 * table, in all headers.
 */
void journey_replace(
    struct arena *, const struct journey *, const struct journey_instead *);

/*
 * Replaces the name of a table in the queries of the source, except within
 * literals.
 */
void journey_substitute(struct arena *, const struct journey *,
    const char *table, const char *query);

/* Returns the value of a header, or NULL. */
const char *journey_header(const struct journey_file *, const char *name);

/*
 * Returns the next word of a list that is separated by spaces, or NULL at its
 * end.
 */
const char *journey_word(struct arena *, const char **list);

#endif
