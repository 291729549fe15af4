#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct buf;
struct db_step;
struct request;

struct cookie;
struct response;
struct stream;

/*
 * Writes the body of an answer bit by bit; false when it broke off, which
 * the client sees.  The headers are on their way by then, so that what fails
 * from here on has no status any more.
 */
typedef bool stream_fn(
    struct request *, const struct response *, struct stream *);

/* Filled by a handler and sent once by the worker. */
struct response {
	int status;
	const char *type;
	const char *location;
	const char *content_range;
	const char *etag; /* with its quotes */
	const char *link;
	const char *dav;         /* classes of WebDAV, or NULL */
	const char *allow;       /* methods, in the answer to OPTIONS */
	const char *cache;       /* Cache-Control; NULL: no-store */
	const char *disposition; /* of a file */
	const char *accel;       /* nginx takes the body from this location */
	const char *accel_url;   /* which asks this URL for it, or NULL */
	bool uncacheable;        /* says no-store twice, as get-session does */
	const char *body;        /* borrowed until the arena is reset */
	size_t body_len;
	stream_fn *stream;       /* writes the body instead, or NULL */
	const void *stream_from; /* whatever it needs; lives as the request */
	bool live;               /* nginx passes each bit on as it comes */

	struct cookie *cookies; /* in the order they were added */
	const char *token;      /* of the session among them, or NULL */
	bool has_data;          /* session_data is among them */
};

void response_empty(struct response *, int status);
void response_json(struct response *, int status, const char *, size_t len);

/* 302, with nothing in the body. */
void response_redirect(struct response *, struct request *, const char *url);

/* Makes a redirect of an answer, and leaves it its cookies. */
void response_lead(struct response *, struct request *, const char *url);

/*
 * Adds a cookie to an answer that has its status and body already; of two
 * with one name the later one counts.  The name is without its prefix, the
 * value is signed here, and NULL takes the cookie away.  max_age is in
 * seconds; -1: until the browser is closed.
 */
void response_cookie(struct response *, struct request *, const char *name,
    const char *value, long max_age);

/* The same for a whole name, and a value that may be in a cookie as it is. */
void response_cookie_plain(struct response *, struct request *,
    const char *name, const char *value, long max_age);

/* Adds the session's cookies to an answer; remember: outlives the browser. */
void response_session(
    struct response *, struct request *, const char *token, bool remember);

/* Takes the session's cookies away. */
void response_sign_out(struct response *, struct request *);

/* True when the answer sets the session's cookie or takes it away. */
bool response_has_session(const struct response *);

/* The one text cell of the step's only row; 404 when there is no row. */
enum problem_code response_row(struct request *, struct response *, int status,
    const struct db_step *) MUST_CHECK;

/*
 * A URL as a header may hold it: what is not printable ASCII is
 * percent-encoded.
 */
const char *response_url(struct request *, const char *url);

/* The problem of the request, in the manner of the route's wire. */
void response_problem(struct response *, struct request *);

/*
 * The header block, ended by an empty line.  No value can smuggle a line
 * break in: bytes below a blank end the worker rather than the header.
 */
void response_headers(
    const struct response *, struct request *, struct buf *out);

#endif
