#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct arena;
struct config;
struct db;

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

/*
 * Sees to it that notifications of a channel come in: LISTEN, once more, for
 * a connection that was made anew has forgotten.  Behind a pooler none come.
 */
enum problem_code db_listen(struct db *, struct arena *, struct sql listen,
    struct problem *why) MUST_CHECK;

/* True when none ever come: whoever waits for one had better look. */
bool db_deaf(const struct db *);

/* The descriptor where notifications come in, or -1 without a connection. */
int db_socket(const struct db *);

/* True when one has come for a channel this connection listens to. */
bool db_notified(struct db *);

/* Exchanges with the server so far, connecting not counted. */
unsigned long db_round_trips(const struct db *);

/* True for the step that made the transaction fail. */
bool db_failed(const struct db_step *);

int db_rows(const struct db_step *);
const char *db_text(const struct db_step *, int row, int col); /* or NULL */
size_t db_len(const struct db_step *, int row, int col);
bool db_bool(const struct db_step *, int row, int col);

#endif
