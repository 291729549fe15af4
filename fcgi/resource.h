#ifndef RESOURCE_H
#define RESOURCE_H

#include "problem.h"
#include "value.h"

struct json_object;
struct request;
struct route;

enum column_flag {
	COLUMN_WRITE = 1 << 0,
	COLUMN_REQUIRED = 1 << 1, /* create needs it */
};

struct column {
	const char *name;
	enum value_type type;
	unsigned flags;        /* none: derived or fixed, ignored in a body */
	const char *when_null; /* SQL put in place of a null, or NULL */
};

enum resource_verb {
	VERB_LIST = 1 << 0,
	VERB_GET = 1 << 1,
	VERB_CREATE = 1 << 2,
	VERB_UPDATE = 1 << 3,
	VERB_DELETE = 1 << 4,
};
#define VERB_READ (VERB_LIST | VERB_GET)
#define VERB_ALL  (VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE)

/*
 * One resource of the API, told once.  Its names are literals: query.c puts
 * them into SQL as they are, and nothing that a client sends.
 */
struct resource {
	const char *name;   /* in the path */
	const char *table;  /* written to: "crm.contacts"; NULL: never */
	const char *view;   /* read from; NULL: the table */
	const char *search; /* function that q calls; NULL: no q */
	const char *key;    /* type of id; NULL: bigint */
	unsigned verbs;
	unsigned admin_verbs;         /* those for owner and admin only */
	const struct column *columns; /* the last one has no name */
};

/* Where the API reads it from. */
const char *resource_source(const struct resource *);

/* The column of that name, or NULL. */
const struct column *resource_column(const struct resource *, const char *name);

#endif
