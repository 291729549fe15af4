#ifndef REMOTE_QUERY_H
#define REMOTE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct sockaddr;

/* How a connection is encrypted. */
enum remote_tls {
	REMOTE_VERIFIED, /* checks that the certificate is for the host */
	REMOTE_ENCRYPTED,
	REMOTE_PLAIN,
};

/*
 * A query to another system's database, whose rows are read in pages in the
 * order of a unique column. Nothing is sent to an address that is not globally
 * reachable, unless private addresses are allowed.
 */
struct remote_query {
	const char *host, *port, *database, *user, *password;
	enum remote_tls tls;
	const char *authorities; /* file, for REMOTE_VERIFIED */
	bool private;
	const char *query, *key; /* SELECT without LIMIT, and its key column */
	/* The last key of the previous page, or NULL. */
	const char *after;
	long connect_ms, ms; /* timeouts: connecting, whole query */
};

#define REMOTE_ROWS 1000     /* per page */
#define REMOTE_MOST 16777216 /* maximum number of bytes per page */

struct remote_rows {
	size_t n;
	const char **rows; /* JSON objects */
	const char *last;  /* the last key if there may be more rows */
	const char *error;
	bool final; /* a retry would not help */
};

/*
 * Reads a page. On an error, returns false and records the error in the page.
 */
typedef bool remote_query_run(
    struct arena *, const struct remote_query *, struct remote_rows *);

remote_query_run postgres_query_run;
remote_query_run mysql_query_run; /* always fails if built without MariaDB */

/* For the implementations of remote_query_run: */

/* Records an error. Returns false. */
bool remote_query_fail(struct remote_rows *, bool final, const char *error);

/*
 * Returns the first line of a message from a server or a library, for use as an
 * error.
 */
const char *remote_query_said(struct arena *, const char *text);

/*
 * Looks up the host and returns the first allowed address as text. On an error,
 * returns NULL and records the error. If every is true, even one address that
 * is not allowed is an error.
 */
const char *remote_query_address(struct arena *, const struct remote_query *,
    bool every, struct remote_rows *);

/* Returns true if the query may be sent to this address. */
bool remote_query_allowed(const struct remote_query *, const struct sockaddr *);

/*
 * Waits for poll() events on a connection. Returns false and records an error
 * after the timeout, or if the server has sent much more than a page.
 */
bool remote_query_wait(
    int fd, short events, int64_t until, struct remote_rows *);

/* Quotes a name, and doubles quotation marks in it. */
const char *remote_query_quote(struct arena *, const char *name, char mark);

/*
 * Adds a row. Returns false if the row is not a JSON object or the page becomes
 * too large.
 */
bool remote_query_add(struct arena *, struct remote_rows *, const char *row,
    const char *key, size_t *bytes);

#endif
