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
	const char *form;   /* body for POST (a URL-encoded form); NULL: GET */
	const char *bearer; /* Bearer token, or NULL */
	const char *user;   /* user for HTTP Basic, or NULL */
	const char *password;
};

/*
 * The HTTP client of a worker, with a persistent connection.  Routes that use
 * it have ROUTE_FETCHES and run in the slow pool, without an open
 * transaction.
 *
 * The client connects over HTTPS to public addresses and follows no redirects.
 * With private_allowed, it also connects to private addresses, and to loopback
 * addresses over HTTP.
 */
struct fetcher;

struct fetcher *fetcher_new(bool private_allowed, struct circuits *);
void fetcher_free(struct fetcher *);

/*
 * Fetches a JSON value, which the request's arena owns. On an error, logs it
 * and returns NULL. Errors are a status other than 200, a timeout, a response
 * larger than 256 KiB, and a server that has not responded recently
 * (circuit.h).
 */
struct json_object *fetch(struct request *, const struct fetch *);

#endif
