#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/json.h"
#include "lib/base/problem.h"

struct arena;
struct config;
struct db;
struct db_step;
struct json_object;
struct metrics;
struct worker_slots;
struct fetcher;
struct providers;
struct route;
struct router;

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_PROPFIND,
	METHOD_PROPPATCH,
	METHOD_REPORT,
	METHOD__MAX
};

/* What the gateway hands over, as it came; "" where nothing came. */
struct headers {
	const char *method;
	const char *path; /* decoded by nginx */
	const char *query;
	const char *content_type;
	const char *content_length;
	const char *authorization;
	const char *cookie;
	const char *host; /* that was asked for, perhaps with a port */
	const char *origin;
	const char *referer;
	const char *sec_fetch_site;
	const char *sec_fetch_mode;
	const char *idempotency_key;
	const char *if_match;
	const char *if_none_match;
	const char *user_agent;
	const char *accept_language;
	const char *last_event_id; /* of a stream that is taken up again */
	const char *api_key;
	const char *signature; /* of the body: X-Signature */
	const char *user_id;
	const char *mcp_version;
	const char *address;    /* of the client, as nginx saw it */
	const char *request_id; /* made by nginx */
	const char *arrived;    /* seconds since 1970, "1700000000.123" */
	const char *body_file;  /* where nginx left the body, if it did */
	const char *depth;      /* of a PROPFIND */
	const char *file_name;  /* what the client calls it: X-File-Name */
};

/* A name and a value of the query string, both decoded. */
struct param {
	const char *name;
	const char *value;
};

/* Something that a request is about, as a route of its own would be. */
struct required_scope {
	const char *resource;
	bool write;
	bool admin; /* for owner and admin only */
};

/* All that a handler knows; every pointer lives until the arena is reset. */
struct request {
	struct arena *arena;
	struct db *db;
	const struct config *config;
	const struct router *router;
	const struct resource *const *resources; /* all, NULL-ended */
	struct metrics *metrics;                 /* NULL under CGI */
	struct providers *providers;
	struct fetcher *fetcher; /* the way to other servers */
	struct worker_slots
	    *slots;    /* for what keeps a worker long; NULL: CGI */
	int64_t began; /* in microseconds of the monotonic clock */
	struct headers headers;

	const char *request_id;
	enum method method;
	const char *path;
	const struct param *params;
	size_t nparams;
	const char *token;   /* of the session; NULL: none was sent */
	const char *user_id; /* that a developer goes by, or NULL */
	const char *key;     /* of an API, in place of a session; or NULL */
	bool key_counted;    /* in one of the request's transactions */
	bool remembered;     /* no dont_remember cookie came along */
	bool session_slid;   /* the cookie's life is to be renewed */
	const char *body;
	size_t body_len;

	struct db_step *files; /* to be kept with what is written next */
	size_t nfiles;

	const struct route *route; /* set by the router */
	const char *id;            /* "{...}" of the route's path, or NULL */
	struct required_scope *scopes; /* NULL: what route and path say */
	size_t nscopes;

	struct problem problem;
};

/* Records what went wrong and returns code, for a caller to return. */
enum problem_code request_fail(struct request *, enum problem_code,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, about one member of the body or one parameter. */
enum problem_code request_fail_field(struct request *, enum problem_code,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds to what the request is about; an API key must be for all of it. */
void request_require_scope(
    struct request *, const char *resource, bool write, bool admin);

/* An error of Better Auth's own; its text and status are in better_auth.c. */
enum problem_code request_fail_better_auth(struct request *, const char *code);

/*
 * Reads method, path, query string and session token out of the headers.
 * Refuses a broken escape, NUL, and a path with anything but plain printable
 * characters.
 */
enum problem_code request_parse(struct request *) MUST_CHECK;

/* The first parameter of that name, or NULL. */
const char *request_param(const struct request *, const char *name);

/*
 * The parameter as a JSON array or object, whichever type says; *value stays
 * NULL where none came.
 */
enum problem_code request_json_param(struct request *, const char *name,
    enum json_type type, struct json_object **value) MUST_CHECK;

/*
 * The body as one JSON object; anything else is refused, with the member the
 * reader was in when it stumbled.
 */
enum problem_code request_json(
    struct request *, struct json_object **) MUST_CHECK;

/*
 * The User-Agent as it is kept with a session: its first 512 characters,
 * with "?" for what is not printable ASCII.
 */
const char *request_agent(struct request *);

/* The value of a cookie, or NULL; of two with one name the first counts. */
const char *request_cookie(struct request *, const char *name);

/* "en" or "fr": the first of them in Accept-Language, else the setting. */
const char *request_language(const struct request *);

const char *method_name(enum method);

/* True for methods that may change something. */
bool method_unsafe(enum method);

#endif
