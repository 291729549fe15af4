#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct db_step;
struct prepared;

/* One round trip. The caller sets the fields up to deadline. */
struct exchange {
	PGconn *conn;
	struct prepared *prepared; /* NULL: do not prepare statements */
	struct arena *arena;
	struct db_step *steps;
	size_t nsteps;
	long long deadline;  /* clock_ms() */
	const char *comment; /* prepended to each statement, or NULL */
	const char **fresh;  /* names of statements prepared here, or NULL */
	size_t params_len;   /* bytes of all parameters */
	size_t results_len;  /* bytes of all results */
	size_t heap_before;  /* bytes of heap after sending large parameters */
	int reads;
	bool too_large; /* the results exceed the memory limit */
	bool sent;      /* all steps were sent, so they may have run */
};

/*
 * Sends all steps and reads their results. Returns false if the connection was
 * lost or must be closed.
 */
bool exchange(struct exchange *);

#endif
