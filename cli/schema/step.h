#ifndef SCHEMA_STEP_H
#define SCHEMA_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/schema/definition.h"

/* A numbered migration: one file with an up and a down part. */
struct step {
	int version;
	const char *name; /* "004_links" */
	const char *path;
	const char *up;   /* SQL before the line "-- down" */
	const char *down; /* SQL after it, preceded by as many empty lines */
	const char *sum;  /* SHA-256 of up, in hexadecimal */
	/*
	 * The reason why the previous release cannot use the new schema, or
	 * NULL if it can.
	 */
	const char *incompatible;
	struct needs needs; /* definitions that the step calls */
};

/* All steps, from 1 without gaps: all[i].version is i + 1. */
struct steps {
	struct step *all;
	int n;
};

/*
 * Reads the files in dir/migrations. Reports an error on stderr and returns
 * false if they are not consecutive.
 */
bool steps_read(struct arena *, const char *dir, struct steps *);

#endif
