#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A numbered change of the schema: two files, there and back. */
struct step {
	int version;
	const char *name; /* "003_contacts" */
	const char *up;   /* path of NNN_name.up.sql */
	const char *down; /* path of NNN_name.down.sql */
	const char *sum;  /* SHA-256 of the way up, in hexadecimal */
};

/* All steps of a folder, from 1 without a gap: all[i].version is i + 1. */
struct steps {
	struct step *all;
	int n;
};

/* False, with one line on stderr, when the folder is not in order. */
bool steps_read(struct arena *, const char *dir, struct steps *);

#endif
