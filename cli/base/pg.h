#ifndef PG_H
#define PG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The connection of a command.  Only pg.c uses libpq. */
struct pg;

/* The result of a query, owned by the arena of the connection. */
struct pg_rows;

/* The last error. */
struct pg_error {
	const char *state; /* SQLSTATE; empty if the server sent none */
	const char *message;
	const char *detail; /* this and the next two: NULL if absent */
	const char *hint;
	const char *context;
	size_t position; /* in characters from 1; 0 if absent */
	int nbefore;     /* number of statements of the script before it */
};

/*
 * Opens a connection. On an error, returns NULL and prints a message on stderr
 * that names the variable with the URL.
 */
struct pg *pg_open(struct arena *, const char *variable, const char *url);

/* Connects to the database of DATABASE_URL. */
struct pg *pg_open_environment(struct arena *);

/*
 * Sets a parameter for the lifetime of the connection.  Behind a pooler it is
 * set in each transaction, and every statement runs in one.
 */
bool pg_set(struct pg *, const char *name, const char *value);

/* Returns true if the connection goes through a pooler. */
bool pg_pooled(const struct pg *);

/* PQserverVersion(): 150004 is 15.4. */
int pg_version(const struct pg *);

/* Runs a script of any number of statements and discards their results. */
bool pg_run(struct pg *, const char *script);

/* Runs one statement with text parameters. Returns NULL on an error. */
const struct pg_rows *pg_query(
    struct pg *, const char *sql, int nparams, const char *const *params);

/* Runs a query, and reports an error on stderr as "doing: message". */
const struct pg_rows *pg_ask(struct pg *, const char *doing, const char *sql,
    int nparams, const char *const *params);

/* A column of the result of a query. */
struct pg_column {
	const char *name;
	const char *type; /* as format_type() of this server prints it */
	bool built_in;    /* every server has the type */
};

/*
 * Describes the result of a query without running it. Returns false on an
 * error.
 */
bool pg_describe(
    struct pg *, const char *sql, struct pg_column **columns, int *n);

/*
 * Returns the text as a quoted SQL literal, for statements such as COPY that
 * take no parameters. NULL on an error.
 */
const char *pg_literal(struct pg *, const char *text);

/*
 * Called with each row, in the text format of COPY, with the newline.  Returns
 * the row to write in its place, with its length.
 */
typedef const char *pg_copy_row(void *data, const char *row, size_t *len);

/*
 * Copies the rows of one connection, with a COPY ... TO STDOUT, to another, with
 * a COPY ... FROM STDIN.  Returns the connection that failed, or NULL.
 */
struct pg *pg_copy(struct pg *from, const char *out, struct pg *into,
    const char *in, pg_copy_row *, void *data);

/* Allocates results from this arena from now on. The arena may be reset. */
void pg_answer_into(struct pg *, struct arena *);

int pg_nrows(const struct pg_rows *);

/* Returns NULL for an SQL null. */
const char *pg_value(const struct pg_rows *, int row, int column);

/* Prints the first column of all rows, which must be JSON, as an array. */
void pg_print_json(const struct pg_rows *);

/* Returns true in a transaction, even if it has failed. */
bool pg_in_transaction(const struct pg *);

bool pg_lost(const struct pg *);

/*
 * Returns true if the last error is about a value or a constraint, or was
 * raised by a function of the schema: another row may succeed.
 */
bool pg_error_of_data(const struct pg *);

/* Returns true if a lock was not free in time. A retry may succeed. */
bool pg_error_of_lock(const struct pg *);

const struct pg_error *pg_error(const struct pg *);

/* Returns the last error as a sentence: message, detail, hint and context. */
const char *pg_reason(const struct pg *);

/* Reports the last error on stderr as "doing: message". */
void pg_warn(const struct pg *, const char *doing);

#endif
