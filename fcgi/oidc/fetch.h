#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stddef.h>

struct circuits;
struct json_object;
struct request;

/* A request to another server. */
struct fetch {
	const char *url;
	const char *form;   /* body of a POST (a urlencoded form); NULL: GET */
	const char *bearer; /* Bearer token, or NULL */
	const char *user;   /* HTTP Basic, or NULL */
	const char *password;
};

/*
 * The HTTP client of a worker, with a persistent connection.  Routes that use
 * it have ROUTE_FETCHES and run in the slow pool, without an open
 * transaction.
 *
 * It connects over https to public addresses and follows no redirects.  With
 * private_allowed, it also connects to private addresses, and to loopback
 * over http.
 */
struct fetcher;

struct fetcher *fetcher_new(bool private_allowed, struct circuits *);
void fetcher_free(struct fetcher *);

/*
 * Fetches a JSON value; the arena of the request owns it. Returns NULL on an
 * error, and logs it. Errors are a status other than 200, a timeout, a response
 * larger than 256 KiB, and a server that has not responded lately (circuit.h).
 */
struct json_object *fetch(struct request *, const struct fetch *);

#endif
