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
 * Writes the body of a response in pieces. Returns false to abort the response.
 * The client detects the truncation. An error cannot change the status, because
 * the headers have already been sent.
 */
typedef bool stream_fn(
    struct request *, const struct response *, struct stream *);

/* A response. The handler fills it in, and the worker sends it. */
struct response {
	int status;
	const char *type;
	const char *location;
	const char *content_range;
	const char *total_more_than; /* value of Total-More-Than, or NULL */
	/* After a write: the cookie to send with reads. */
	const char *read_after;
	const char *etag; /* in quotes */
	const char *link;
	const char *dav;         /* DAV compliance classes, or NULL */
	const char *allow;       /* methods, for OPTIONS */
	const char *cache;       /* Cache-Control; NULL: no-store */
	const char *disposition; /* Content-Disposition */
	const char *accel;       /* X-Accel-Redirect: a location in nginx */
	const char *accel_url;   /* URL that this location proxies, or NULL */
	bool page;               /* an HTML page of Tenantry with a form */
	bool shared;      /* pages of any origin may embed the response */
	bool uncacheable; /* add Pragma: no-cache (get-session) */
	const char *body; /* borrowed until the arena is reset */
	size_t body_len;
	stream_fn *stream; /* writes the body instead, or NULL */
	/* The argument of stream, which lives as long as the request. */
	const void *stream_from;
	bool live; /* nginx must not buffer the body */

	struct cookie *cookies; /* in the order of response_cookie() calls */
	const char *token;      /* session token among the cookies, or NULL */
	bool has_data;          /* the cookies include session_data */
};

/* Sets the status and an empty or JSON body, and clears everything else. */
void response_empty(struct response *, int status);
void response_json(struct response *, int status, const char *, size_t len);

/* Responds with 302 and an empty body. */
void response_redirect(struct response *, struct request *, const char *url);

/* Replaces a response with a redirect and keeps its cookies. */
void response_lead(struct response *, struct request *, const char *url);

/*
 * Adds a signed cookie after the status and body were set. The name has no
 * prefix. If value is NULL, the cookie is deleted. max_age is in seconds. -1
 * makes a session cookie. Of two cookies with the same name, browsers keep the
 * later one.
 */
void response_cookie(struct response *, struct request *, const char *name,
    const char *value, long max_age);

/* Adds a cookie with a complete name and an unsigned, encoded value. */
void response_cookie_plain(struct response *, struct request *,
    const char *name, const char *value, long max_age);

/* Adds copies of another response's cookies. */
void response_cookies_of(
    struct response *, struct request *, const struct response *);

/* Adds the cookies of a session, which are persistent if remember is true. */
void response_session(
    struct response *, struct request *, const char *token, bool remember);

/* Deletes the session cookies. */
void response_sign_out(struct response *, struct request *);

/* Returns true if the response sets or deletes the session cookie. */
bool response_has_session(const struct response *);

/* Sends the first cell of the step's row as JSON, or 404 if there is no row. */
enum problem_code response_row(struct request *, struct response *, int status,
    const struct db_step *) MUST_CHECK;

/*
 * Percent-encodes all characters except printable ASCII, for the Location
 * header.
 */
const char *response_url(struct request *, const char *url);

/*
 * Sends the problem of the request. Below /api/auth, the response has Better
 * Auth's format.
 */
void response_problem(struct response *, struct request *);

/* Prepends the base URL to the file paths in JSON. */
void response_file_urls(struct response *, struct request *);

/*
 * Writes the header block and the empty line. A control character in a value is
 * fatal, which prevents header injection.
 */
void response_headers(const struct response *, struct request *, struct buf *);

#endif
