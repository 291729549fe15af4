#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct arena;
struct config;
struct db;
struct trace;

/*
 * Returns a connection to the database, which is opened when it is first used.
 */
struct db *db_new(const struct config *);
struct db *db_new_standby(
    const struct config *); /* connects to DATABASE_READ_URL */
void db_free(struct db *);

/*
 * Closes the connection, which frees its prepared statements and caches in the
 * server. The next use opens a new connection.
 */
void db_reconnect(struct db *);

/*
 * Sends BEGIN, the steps and COMMIT in one round trip. PROBLEM_NONE means that
 * the server has committed. The arena owns the results. On an error, *why is
 * set. PROBLEM_UNKNOWN means that the connection was lost after COMMIT was
 * sent, so the transaction may have been committed.
 */
enum problem_code db_run(struct db *, struct arena *, struct db_step *steps,
    size_t nsteps, struct problem *why) MUST_CHECK;

/*
 * Runs LISTEN. Call this function again before each wait, because a new
 * connection has no subscriptions. Behind a pooler, the function does nothing:
 * see db_pooled().
 */
enum problem_code db_listen(struct db *, struct arena *, struct sql listen,
    struct problem *why) MUST_CHECK;

/* Returns true behind a pooler, where no notifications arrive: poll instead. */
bool db_pooled(const struct db *);

/* Returns the socket to poll for notifications, or -1 without a connection. */
int db_socket(const struct db *);

/* Reads all pending notifications. Returns true if there were any. */
bool db_notified(struct db *);

/*
 * Returns the warnings with SQLSTATE ZH209 that triggers raised since the last
 * call, or NULL. The warnings name the rows that have the same value:
 * "contacts/1, contacts/2".
 */
const char *db_told(struct db *, struct arena *);

/*
 * Records each round trip in this trace from now on. A comment in each
 * statement names the trace, and the app.trace setting names it for queued
 * work. NULL stops the recording.
 */
void db_trace(struct db *, struct trace *);

/* Returns the number of round trips so far, except those for connecting. */
unsigned long db_round_trips(const struct db *);

/* Returns true for the step that made the transaction fail. */
bool db_failed(const struct db_step *);

/*
 * These functions return the number of rows and the cells of a result.
 * db_text() returns NULL for SQL NULL.
 */
int db_rows(const struct db_step *);
const char *db_text(const struct db_step *, int row, int col);
size_t db_len(const struct db_step *, int row, int col);
bool db_bool(const struct db_step *, int row, int col);

#endif
