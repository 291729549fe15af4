#ifndef PG_H
#define PG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The connection of a command; the only user of libpq in cli/. */
struct pg;

/* The answer to a query, owned by the arena of the connection. */
struct pg_rows;

/* What the server said when it last refused. */
struct pg_error {
	const char *state; /* SQLSTATE; empty when the server sent none */
	const char *message;
	const char *detail; /* this and the next two: NULL when not told */
	const char *hint;
	const char *context;
	size_t position; /* in characters from 1; 0 when not told */
	int nbefore;     /* statements of the script that went well */
};

/*
 * NULL, with one line on stderr, when there is no such database; variable is
 * where the URL comes from, for that line.
 */
struct pg *pg_open(struct arena *, const char *variable, const char *url);

/* The one that DATABASE_URL names. */
struct pg *pg_open_environment(struct arena *);

/*
 * Sets a parameter for as long as the connection lasts.  Behind a pooler a
 * session lasts for a transaction: there it is set in each of them, and every
 * statement is in one.
 */
bool pg_set(struct pg *, const char *name, const char *value);

/* True when a pooler is between this and the server. */
bool pg_pooled(const struct pg *);

/* PQserverVersion(): 150004 is 15.4. */
int pg_version(const struct pg *);

/* Runs a script of any number of statements, without their answers. */
bool pg_run(struct pg *, const char *script);

/* Runs one statement with text parameters; NULL when it was refused. */
const struct pg_rows *pg_query(
    struct pg *, const char *sql, int nparams, const char *const *params);

/* The same; what was being done is told on stderr when it was refused. */
const struct pg_rows *pg_ask(struct pg *, const char *doing, const char *sql,
    int nparams, const char *const *params);

/* From now on answers belong to this arena, which may be reset. */
void pg_answer_into(struct pg *, struct arena *);

int pg_nrows(const struct pg_rows *);

/* NULL for SQL's null. */
const char *pg_value(const struct pg_rows *, int row, int column);

/* Prints the first column of all rows, which is JSON, as an array. */
void pg_print_json(const struct pg_rows *);

/* True inside BEGIN, failed or not. */
bool pg_in_transaction(const struct pg *);

bool pg_lost(const struct pg *);

const struct pg_error *pg_error(const struct pg *);

/* The last refusal as a sentence: message, detail, hint and context. */
const char *pg_reason(const struct pg *);

/* The same on stderr, after what was being done. */
void pg_warn(const struct pg *, const char *doing);

#endif
