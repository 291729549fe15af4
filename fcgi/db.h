#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>

#include "problem.h"

struct arena;
struct config;
struct db;
struct pg_result;

/*
 * Text that may be sent to the server.  SQL() takes a literal and nothing
 * else; only statement.c, which knows no client text, builds one otherwise.
 * Values travel in params, never in the text.
 */
struct sql {
	const char *text;
};
#define SQL(literal) ((struct sql){ "" literal })

/* One statement of a pipeline; result is set by db_run(). */
struct db_step {
	struct sql sql;
	const char *const *params; /* text form; NULL is SQL's null */
	int nparams;
	bool answer; /* its one text cell is what an Idempotency-Key keeps */
	struct pg_result *result;
};

/* Nothing is opened before the first use. */
struct db *db_new(const struct config *);
void db_free(struct db *);

/*
 * BEGIN, the steps and COMMIT in one round trip: all of it happens or none of
 * it does.  Success means that the server said COMMIT.  Results belong to the
 * arena.  PROBLEM_UNKNOWN: the connection broke after everything was sent.
 */
enum problem_code db_run(struct db *, struct arena *, struct db_step *steps,
    size_t nsteps, struct problem *why) MUST_CHECK;

/* The descriptor where notifications come in, or -1 without a connection. */
int db_socket(const struct db *);

/* True when one has come for a channel this connection listens to. */
bool db_notified(struct db *);

/* Exchanges with the server so far, connecting not counted. */
unsigned long db_round_trips(const struct db *);

int db_rows(const struct db_step *);
const char *db_text(const struct db_step *, int row, int col); /* or NULL */
size_t db_len(const struct db_step *, int row, int col);
bool db_bool(const struct db_step *, int row, int col);

#endif
