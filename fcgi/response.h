#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "problem.h"

struct buf;
struct db_step;
struct request;

enum session_cookie { COOKIE_KEEP, COOKIE_SET, COOKIE_CLEAR };

/* Filled by a handler and sent once by the worker; nothing streams. */
struct response {
	int status;
	const char *type;
	const char *location;
	const char *content_range;
	bool uncacheable; /* says no-store twice, as get-session does */
	const char *body; /* borrowed until the arena is reset */
	size_t body_len;

	enum session_cookie cookie; /* what becomes of the session's cookie */
	const char *token;          /* for COOKIE_SET */
	bool remember;              /* for COOKIE_SET: outlives the browser */
};

void response_empty(struct response *, int status);
void response_json(struct response *, int status, const char *, size_t len);

/* Adds the session's cookie to an answer; remember: outlives the browser. */
void response_session(struct response *, const char *token, bool remember);

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
