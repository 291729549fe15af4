#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct db_step;
struct prepared;

/* The messages of one round trip, to be filled in up to the deadline. */
struct exchange {
	PGconn *conn;
	struct prepared *prepared; /* NULL: no statement has a name */
	struct arena *arena;
	struct db_step *steps;
	size_t nsteps;
	long long deadline; /* of the monotonic clock, in milliseconds */
	const char **fresh; /* names of those prepared on the way, or NULL */
	size_t asked;       /* bytes of the values sent */
	size_t held;        /* by the worker for these, when they are large */
	int reads;
	bool too_large; /* the reply, so that it was given up */
	bool sent;      /* all of it, so that it may have happened */
};

/*
 * Sends all steps and reads their results; false when the connection was lost
 * on the way, or is to be given up.
 */
bool exchange(struct exchange *);

#endif
