#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;
struct request;

/* What is asked of another server. */
struct fetch {
	const char *url;
	const char *form;     /* POST of an urlencoded form; NULL: GET */
	const char *bearer;   /* a token to show, or NULL */
	const char *user;     /* of basic authentication, or NULL */
	const char *password; /* of that user */
};

/*
 * The one way of a worker to other servers, over connections that it keeps.
 * A worker of the slow pool waits here, and no transaction is open meanwhile.
 *
 * https alone; no redirect is followed, no proxy of the environment asked, no
 * address taken that is not of the internet at large.  Where private ones are
 * allowed they are taken, and this machine is spoken to over http as well.
 */
struct fetcher;

struct fetcher *fetcher_new(bool private_allowed);
void fetcher_free(struct fetcher *);

/*
 * The JSON value that the server answers with; it lives as long as the
 * request.  NULL, with the reason in the log, unless the status is 200 and
 * the answer came within the time and the size that it may have.
 */
struct json_object *fetch(struct request *, const struct fetch *);

#endif
