#ifndef RESOURCE_H
#define RESOURCE_H

#include <stddef.h>

#include <stdbool.h>

#include "lib/base/problem.h"
#include "lib/db/value.h"

struct db_step;
struct json_object;
struct request;
struct route;
struct csv_export;

enum column_flag {
	COLUMN_WRITE = 1 << 0,
	COLUMN_REQUIRED = 1 << 1, /* create needs it */
	COLUMN_PLACE = 1 << 2,    /* where the row stands among others, which
				     is no part of what it says */
	COLUMN_STEPS = 1 << 3,    /* written by before_update alone */
	COLUMN_KEYS = 1 << 4,     /* a document; filters may name its keys */
	COLUMN_PICTURE = 1 << 8,  /* a picture: {"src","title","path","type"} */
	COLUMN_PICTURES = 1 << 9, /* a document; texts in it may be pictures */
	COLUMN_ATTACHMENTS = 1 << 10, /* a list of files */
};

struct column {
	const char *name;
	enum value_type type;
	unsigned flags;        /* none: derived or fixed, ignored in a body */
	const char *when_null; /* SQL put in place of a null, or NULL */
};

/* A row that a row names: embed=["company"] shows it. */
struct reference {
	const char *name;     /* "company" */
	const char *column;   /* "company_id" */
	const char *resource; /* "companies" */
};

enum resource_verb {
	VERB_LIST = 1 << 0,
	VERB_GET = 1 << 1,
	VERB_CREATE = 1 << 2,
	VERB_UPDATE = 1 << 3,
	VERB_DELETE = 1 << 4,
	VERB_HISTORY = 1 << 5, /* who changed what of one */
	VERB_BULK = 1 << 6,    /* change all that a filter finds */
};
#define VERB_READ (VERB_LIST | VERB_GET)
#define VERB_ALL                                                               \
	(VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE | VERB_HISTORY |  \
	    VERB_BULK)

/*
 * What a resource does of its own when the row of that id is changed: steps that
 * come before the change in one transaction, at most RESOURCE_STEPS.  They set
 * app.row_id to the row's id where the caller may change it; it is not found
 * otherwise.
 */
#define RESOURCE_STEPS 2
typedef enum problem_code resource_steps_fn(struct request *, const char *id,
    struct json_object *body, struct db_step *steps, size_t *nsteps);

/*
 * One resource of the API, told once.  Its names are literals: query.c puts
 * them into SQL as they are, and nothing that a client sends.
 */
struct resource {
	const char *name;          /* in the path */
	const char *also;          /* there as well: "crm/contacts"; or NULL */
	const char *table;         /* written to: "crm.contacts"; NULL: never */
	const char *view;          /* read from; NULL: the table */
	const char *search;        /* function that q calls; NULL: no q */
	const char *const *narrow; /* columns that, named by a filter, have */
	const char *narrow_view;   /* a view of their own, with the same rows */
	bool personal;             /* the user's own, in no organization */
	bool in_order;             /* the view's parts are not to be sorted */
	const char *key;           /* type of id; NULL: bigint */
	unsigned verbs;
	unsigned admin_verbs;               /* those for owner and admin only */
	const struct column *columns;       /* the last one has no name */
	const struct reference *references; /* likewise; or NULL */
	resource_steps_fn *before_update;   /* or NULL */
	const struct csv_export *csv;       /* for people; NULL: as it is */
};

/* The one of that name among all, or NULL. */
const struct resource *resource_named(const struct request *, const char *name);

/* Where the API reads it from. */
const char *resource_source(const struct resource *);

/* The column of that name, or NULL. */
const struct column *resource_column(const struct resource *, const char *name);

/* Refuses a text that can be the id of no row. */
enum problem_code resource_check_id(
    struct request *, const struct resource *, const char *id) MUST_CHECK;

#endif
