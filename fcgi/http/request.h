#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/json.h"
#include "lib/base/problem.h"
#include "lib/base/trace.h"

struct arena;
struct config;
struct db;
struct db_step;
struct json_object;
struct metrics;
struct watcher;
struct worker_slots;
struct fetcher;
struct jwks;
struct providers;
struct route;
struct route_alias;
struct standby;
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

/* The gateway's headers, unchanged. A missing header is "". */
struct headers {
	const char *method;
	/* Decoded by nginx, or derived from the next three fields. */
	const char *path;
	const char *request_uri;
	const char *script_name;
	const char *path_info;
	const char *query;
	const char *content_type;
	const char *content_length;
	const char *authorization;
	const char *cookie;
	const char *host; /* host name, with the port if any */
	const char *origin;
	const char *referer;
	const char *sec_fetch_site;
	const char *sec_fetch_mode;
	const char *idempotency_key;
	const char *client; /* X-Client: a tag for the change log */
	const char *if_match;
	const char *if_none_match;
	const char *user_agent;
	const char *accept;
	const char *accept_language;
	/* Last-Event-ID from a reconnecting EventSource. */
	const char *last_event_id;
	const char *api_key;
	const char *captcha;   /* X-Captcha-Response: a proof of work */
	const char *signature; /* X-Signature for the body */
	/* Signature of an event from a payment provider. */
	const char *payment_signature;
	const char *user_id;
	const char *mcp_version;
	const char *address;    /* the client's address as nginx sees it */
	const char *request_id; /* nginx's $request_id */
	const char *arrived;    /* seconds since 1970, "1700000000.123" */
	const char *body_file;  /* path of the body, saved by nginx */
	const char *depth;      /* depth of a PROPFIND */
	const char *file_name;  /* X-File-Name, for an upload */
	/* Set on a read after a write, see standby.h. */
	const char *read_after;
	/* The caller's traceparent (W3C Trace Context). */
	const char *traceparent;
	/*
	 * The web server is nginx with Tenantry's configuration. This nginx
	 * saves the body of an upload, sends files itself and adds the headers
	 * that protect browsers.
	 */
	bool assisted;
};

/* A decoded query string parameter. */
struct param {
	const char *name;
	const char *value;
};

/* An action on a resource that both the role and the API key must permit. */
struct required_scope {
	const char *resource;
	const char *action; /* "read", "create", "update", "delete", ... */
	bool admin;         /* only owners and admins may use it */
};

/*
 * The rate limit that counted a request: the limit for its path or for its key.
 */
struct rate_limit {
	const char *name; /* "path" or "key"; NULL: none */
	const char *most; /* maximum number of requests in a window */
	const char *seconds;
	const char *left;
	const char *reset; /* seconds until the window ends */
};

/* A request. Every pointer is valid until the arena is reset. */
struct request {
	struct arena *arena;
	/* The connection, for a body that is read in pieces. */
	struct gateway *gateway;
	struct db *db;
	struct db *standby_db;   /* connection to DATABASE_READ_URL, or NULL */
	struct standby *standby; /* NULL: there is none */
	const struct config *config;
	const struct router *router;
	const struct resource *const *resources; /* all, NULL-terminated */
	struct metrics *metrics;                 /* NULL under CGI */
	struct watcher *watcher;                 /* NULL under CGI */
	struct providers *providers;
	const struct jwks *jwks;    /* the keys of another issuer, or NULL */
	struct fetcher *fetcher;    /* HTTP client for OAuth providers */
	struct worker_slots *slots; /* limits slow requests; NULL: CGI */
	int64_t began;              /* clock_us() */
	struct headers headers;

	const char *request_id;
	struct trace_parent parent; /* the caller's span, or empty */
	struct trace *trace;        /* NULL: not recorded */
	enum method method;
	const char *path;
	const struct param *params;
	size_t nparams;
	const char *token;       /* session token, or NULL */
	const char *user_id;     /* x-user-id from a developer, or NULL */
	const char *key;         /* API key instead of a session, or NULL */
	const char *publishable; /* an API key that grants nothing, or NULL */
	bool bearer;             /* the token is in Authorization */
	const char *jwt;         /* token from another issuer, or NULL */
	/* The token's claims, once the token is verified. */
	struct json_object *claims;
	const char
	    *unread; /* resources that the key may only write: ",tags," */
	bool origin_admitted; /* pages of this Origin may read the response */
	bool key_counted; /* the rate limit of a key has counted this request */
	bool authorized;  /* the database checked the session or key */
	bool trial;       /* writes are rolled back, to find their faults */
	bool of_standby;  /* the next statements run on the standby */
	bool from_standby; /* the standby answered */
	int64_t wrote;     /* clock_wall_ms() after the last commit; or 0 */
	/* The response is a stored response (Idempotency-Key). */
	bool replayed;
	bool remembered;    /* there is no dont_remember cookie */
	bool session_slid;  /* the session was extended: renew the cookie */
	bool limited;       /* the caller cannot list all rows */
	const char *limits; /* the fields that the caller may use, or NULL */
	/* Fields in the body that the caller cannot change. */
	const char *fixed;
	bool unit_wanted; /* find the unit in the next transaction */
	const char *unit; /* the caller's organization, or else the user */
	/* With a credential: the user and the founder, or NULL. */
	const char *unit_user, *unit_founder;
	uint64_t credential; /* remembers the unit for it; 0: do not */
	unsigned long trips; /* db_round_trips() before the request */
	const char *salt;    /* salt for the secrets under an Idempotency-Key */
	struct rate_limit rate;
	const char *body;
	size_t body_len;

	struct db_step *files; /* steps to run with the next session_write() */
	size_t nfiles;

	const struct route *route;       /* set by the router */
	const struct route_alias *alias; /* NULL unless the path is old */
	/*
	 * The alias if the path is old only for organizations with the alias's
	 * module, or NULL.
	 */
	const struct route_alias *org_alias;
	bool org_alias_retired;
	const char *successor; /* the path that replaces the old path */
	const char *id; /* the segment that matches "{...}" in the pattern */
	struct required_scope *scopes; /* NULL: derived from the route */
	size_t nscopes;

	struct problem problem;
};

/* Returns the number of round trips to the database so far. */
unsigned long request_round_trips(const struct request *);

/* Records a problem with its detail and returns the code. */
enum problem_code request_fail(struct request *, enum problem_code,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Records a problem with one member of the body or with one parameter, like
 * request_fail().
 */
enum problem_code request_fail_field(struct request *, enum problem_code,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Refuses the request with a refusal from schema/refusals/, as in
 * request_refuse(rq, "words_max", "q", "20"). Takes the refusal's code, the
 * member or parameter at fault or NULL, and the arguments of the refusal's
 * text. Returns the problem code.
 */
#define request_refuse(rq, ...)                                                \
	request_refuse_words(rq,                                               \
	    sizeof((const char *const[]){ __VA_ARGS__ }) /                     \
		sizeof(const char *),                                          \
	    (const char *const[]){ __VA_ARGS__, NULL })
enum problem_code request_refuse_words(
    struct request *, size_t count, const char *const *words);

/*
 * Records one of several faults of a body, like request_refuse(). The member's
 * path, such as "email_jsonb.0.email", is required. The first fault becomes the
 * problem of the request, and the function that searches for faults returns its
 * code.
 */
#define request_fault(rq, ...)                                                 \
	request_fault_words(rq,                                                \
	    sizeof((const char *const[]){ __VA_ARGS__ }) /                     \
		sizeof(const char *),                                          \
	    (const char *const[]){ __VA_ARGS__, NULL })
void request_fault_words(
    struct request *, size_t count, const char *const *words);

/* Formats a number as a refusal argument. */
const char *request_number(struct request *, long);

/*
 * Records why store_put() failed: there is no space left, or the storage does
 * not respond.
 */
enum problem_code request_fail_store(struct request *);

/*
 * Requires an additional permission. Both the role and the API key must have
 * all required permissions.
 */
void request_require_scope(
    struct request *, const char *resource, const char *action, bool admin);

/*
 * Returns the faults of the request's problem. If the problem is a refusal by
 * the database, this is a single fault. Returns NULL if the problem does not
 * concern a member.
 */
struct fault *request_faults(struct request *);

/* Records a Better Auth error. better_auth_error.c lists the codes. */
enum problem_code request_fail_better_auth(struct request *, const char *code);

/*
 * Parses the method, the path and the query string. Refuses malformed escapes,
 * NUL, and paths with characters other than printable ASCII.
 */
enum problem_code request_parse(struct request *) MUST_CHECK;

/* Takes the unit that the transaction for a part of the request returned. */
void request_take_unit(struct request *, const struct request *part);

/*
 * Returns the first parameter with this name, or NULL. Handlers call
 * param_text() instead.
 */
const char *request_param(const struct request *, const char *name);

/*
 * Parses the body as a JSON object. If the syntax is wrong, the problem names
 * the member and the offset.
 */
enum problem_code request_json(
    struct request *, struct json_object **) MUST_CHECK;

/*
 * Returns the User-Agent to store with a session: at most 512 characters, with
 * "?" for every character except printable ASCII.
 */
const char *request_agent(struct request *);

/* Returns the value of the first cookie with this name, or NULL. */
const char *request_cookie(struct request *, const char *name);

/*
 * Returns "en" or "fr": whichever comes first in Accept-Language, or else
 * TENANTRY_LANGUAGE.
 */
const char *request_language(const struct request *);

/* Returns a method's name, such as "GET". */
const char *method_name(enum method);

/* Returns true for methods that are not safe (RFC 9110, 9.2.1). */
bool method_unsafe(enum method);

#endif
