#ifndef PG_H
#define PG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A command's connection. Only pg.c uses libpq. */
struct pg;

/* The result of a query, which the connection's arena owns. */
struct pg_rows;

/* The last error. */
struct pg_error {
	const char *state; /* SQLSTATE; "" if the server sent none */
	const char *message;
	const char *detail; /* this and the next two fields: NULL if absent */
	const char *hint;
	const char *context;
	size_t position; /* counted in characters from 1; 0 if absent */
	int nbefore;     /* number of preceding statements in the script */
};

/*
 * Opens a connection. On an error, returns NULL and prints a message on stderr
 * that names the variable with the URL.
 */
struct pg *pg_open(struct arena *, const char *variable, const char *url);

/* Connects to the database at DATABASE_URL. */
struct pg *pg_open_environment(struct arena *);

/*
 * Sets a parameter for the lifetime of the connection. Behind a pooler, every
 * statement runs in a transaction, and each transaction sets the parameter.
 */
bool pg_set(struct pg *, const char *name, const char *value);

/* Returns true if the connection goes through a pooler. */
bool pg_pooled(const struct pg *);

/* Returns PQserverVersion(): 150004 is 15.4. */
int pg_version(const struct pg *);

/* Runs a script with any number of statements and discards their results. */
bool pg_run(struct pg *, const char *script);

/* Runs one statement with text parameters. Returns NULL on an error. */
const struct pg_rows *pg_query(
    struct pg *, const char *sql, int nparams, const char *const *params);

/* Runs a query. On an error, reports "doing: message" on stderr. */
const struct pg_rows *pg_ask(struct pg *, const char *doing, const char *sql,
    int nparams, const char *const *params);

/* A column in a query result. */
struct pg_column {
	const char *name;
	const char *type; /* the output of this server's format_type() */
	bool built_in;    /* every server has this type */
};

/*
 * Describes a query's result without running the query. Returns false on an
 * error.
 */
bool pg_describe(
    struct pg *, const char *sql, struct pg_column **columns, int *n);

/*
 * Returns the text as a quoted SQL literal, for statements such as COPY that
 * take no parameters. Returns NULL on an error.
 */
const char *pg_literal(struct pg *, const char *text);

/*
 * Called with each row, in COPY text format with the newline. Returns the row
 * to write in its place, and sets *len to its length.
 */
typedef const char *pg_copy_row(void *data, const char *row, size_t *len);

/*
 * Copies rows from one connection, with COPY ... TO STDOUT, to another
 * connection, with COPY ... FROM STDIN. Returns the connection that failed, or
 * NULL.
 */
struct pg *pg_copy(struct pg *from, const char *out, struct pg *into,
    const char *in, pg_copy_row *, void *data);

/* From now on, allocates results from this arena, which may be reset. */
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
 * Returns true if the last error concerns a value or a constraint, or was
 * raised by a function in the schema. A different row may then succeed.
 */
bool pg_error_of_data(const struct pg *);

/* Returns true if a lock could not be acquired in time. A retry may succeed. */
bool pg_error_of_lock(const struct pg *);

const struct pg_error *pg_error(const struct pg *);

/* Returns the last error as a sentence: message, detail, hint and context. */
const char *pg_reason(const struct pg *);

/* Reports the last error on stderr as "doing: message". */
void pg_warn(const struct pg *, const char *doing);

#endif
