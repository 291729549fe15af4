#ifndef STATUS_PAGE_H
#define STATUS_PAGE_H

#include <stdbool.h>
#include <time.h>

struct arena;

/* The contents of the public status page. Unknown texts are NULL. */
struct status_page {
	const char *title; /* "Data migration: supabase" */
	/* "planned", "running", "paused", "failed", "done", "cancelled" */
	const char *state;
	const char *step;             /* the current step's title */
	long long done, total;        /* rows; total 0: unknown */
	long long eta;                /* seconds; -1: unknown */
	time_t starts, ends, updated; /* 0: unknown */
	const char *message;
};

/*
 * Writes index.html and status.json into the folder, which is created if its
 * parent exists. Each file is replaced atomically, so that a reader sees either
 * the old or the new file. On an error, reports it on stderr and returns false.
 */
bool status_page_write(
    struct arena *, const char *folder, const struct status_page *);

/* Returns the status page's folder: TENANTRY_STATUS_DIR, or the default. */
const char *status_page_folder(void);

#endif
