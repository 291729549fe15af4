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
 * A query of a database of another system, whose rows are read in pages in the
 * order of a unique column. Nothing is sent to an address that is not globally
 * reachable, unless private addresses are allowed.
 */
struct remote_query {
	const char *host, *port, *database, *user, *password;
	enum remote_tls tls;
	const char *authorities; /* file, for REMOTE_VERIFIED */
	bool private;
	const char *query, *key; /* SELECT without LIMIT, and its column */
	const char *after;       /* the last key of the page before, or NULL */
	long connect_ms, ms;     /* timeouts: connecting, whole query */
};

#define REMOTE_ROWS 1000     /* in a page */
#define REMOTE_MOST 16777216 /* bytes of a page */

struct remote_rows {
	size_t n;
	const char **rows; /* JSON objects */
	const char *last;  /* the last key, if there may be more rows */
	const char *error;
	bool final; /* another attempt does not help */
};

/* Reads a page.  False sets the error. */
typedef bool remote_query_run(
    struct arena *, const struct remote_query *, struct remote_rows *);

remote_query_run postgres_query_run;
remote_query_run mysql_query_run; /* always fails if built without MariaDB */

/* For the databases: */

/* Sets an error; returns false. */
bool remote_query_fail(struct remote_rows *, bool final, const char *error);

/* The first line of the message of a server or a library, as an error. */
const char *remote_query_said(struct arena *, const char *text);

/*
 * Looks up the host: the first allowed address, as text. NULL sets the error.
 * With every, a single address that is not allowed is an error, too.
 */
const char *remote_query_address(struct arena *, const struct remote_query *,
    bool every, struct remote_rows *);

/* True for an address that the query may be sent to. */
bool remote_query_allowed(const struct remote_query *, const struct sockaddr *);

/*
 * Waits for events of poll() on a connection.  False, with an error, after the
 * time, or if the server has sent much more than a page.
 */
bool remote_query_wait(
    int fd, short events, int64_t until, struct remote_rows *);

/* A name in quotation marks, with those in it doubled. */
const char *remote_query_quote(struct arena *, const char *name, char mark);

/*
 * Adds a row; false if it is not a JSON object or the page becomes too large.
 */
bool remote_query_add(struct arena *, struct remote_rows *, const char *row,
    const char *key, size_t *bytes);

#endif
