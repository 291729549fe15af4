#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/definition.h"

/* A numbered change of the schema: two files, there and back. */
struct step {
	int version;
	const char *name;   /* "004_links" */
	const char *up;     /* path of NNN_name.up.sql */
	const char *down;   /* path of NNN_name.down.sql */
	const char *sql;    /* the way up */
	const char *sum;    /* its SHA-256, in hexadecimal */
	struct needs needs; /* definitions that it calls */
};

/* All steps, from 1 without a gap: all[i].version is i + 1. */
struct steps {
	struct step *all;
	int n;
};

/*
 * The files of dir/migrations.  False, with one line on stderr, when they are
 * not in order.
 */
bool steps_read(struct arena *, const char *dir, struct steps *);

#endif
