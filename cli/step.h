#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/definition.h"

/* A numbered change of the schema: one file with the way up and down. */
struct step {
	int version;
	const char *name; /* "004_links" */
	const char *path;
	const char *up;     /* SQL before the line "-- down" */
	const char *down;   /* SQL after it, behind as many empty lines */
	const char *sum;    /* SHA-256 of the way up, in hexadecimal */
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
