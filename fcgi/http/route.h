#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"

struct body_field;
struct query_param;
struct response;
struct shape;

typedef enum problem_code action_fn(struct request *, struct response *);
typedef enum problem_code admit_fn(struct request *);

/*
 * The callers that a route admits. The database checks the caller in the same
 * round trip.
 */
enum session_need {
	SESSION_NONE,         /* anyone */
	SESSION_USER,         /* a signed-in user */
	SESSION_FRESH,        /* a user who signed in within a day */
	SESSION_ORGANIZATION, /* a member of the active organization */
	SESSION_ADMIN,        /* an owner or admin of that organization */
};

enum route_flag {
	ROUTE_SIGNS_IN = 1 << 0, /* check the Origin even without a cookie */
	ROUTE_HASHES = 1 << 1,   /* hashes a password: login pool */
	ROUTE_BODY = 1 << 2,     /* reads a JSON body */
	ROUTE_FORM = 1 << 3,     /* the body may also be a URL-encoded form */
	ROUTE_PLAIN = 1 << 4,    /* the route is not in the documented API */
	ROUTE_SECRET = 1 << 5,   /* the path is a secret: do not log it */
	ROUTE_BARE_401 = 1 << 6, /* 401 has an empty body */
	ROUTE_FETCHES = 1 << 7,  /* calls other servers: slow pool */
	ROUTE_NO_IMPERSONATION = 1 << 8, /* refused while impersonating */
	ROUTE_FILES = 1 << 9,            /* the JSON body may contain files */
	ROUTE_UPLOAD = 1 << 10, /* the body is a file, saved by nginx */
	ROUTE_EVENTS = 1 << 11, /* the response is text/event-stream */
	ROUTE_BEARER = 1 << 12, /* 401 has WWW-Authenticate: Bearer */
	ROUTE_BASIC = 1 << 13,  /* 401 has WWW-Authenticate: Basic */
	ROUTE_RPC = 1 << 14,    /* 400 is a JSON-RPC error */
	ROUTE_FIELDS = 1 << 15, /* omits hidden fields of rows */
	ROUTE_MAILED = 1 << 16, /* a link in emails: HEAD does nothing */
	ROUTE_HEAVY =
	    1 << 17, /* takes a long time, so other workers must remain free */
	ROUTE_PROBE = 1 << 18, /* a health check: never waits */
	ROUTE_CHECK = 1 << 19, /* a check by nginx before it reads a body */
	/* Ends an impersonation, even a read-only one. */
	ROUTE_LEAVES = 1 << 20,
	ROUTE_ORIGINS = 1
	    /*
	     * For pages whose origins the handler admits. Cookies are ignored.
	     */
	    << 21,
	/* The action checks the shape of the body, and names the faulty members. */
	ROUTE_CHECKS = 1 << 22,
};

/*
 * A method of a path. "{word}" in the pattern matches one segment, which rq->id
 * contains. The last route in a list has no action.
 */
struct route {
	enum method method;
	const char *pattern; /* "/api/auth/ok" */
	action_fn *action;
	enum session_need need;
	unsigned flags;
	int status; /* status on success; 0: 200 */
	const char *summary;
	const struct query_param *params; /* query string parameters, or NULL */
	const struct body_field *body;    /* members of the body, or NULL */
	const char *of; /* name of the route's resource, or NULL */
	/*
	 * The resource that an API key must list, if the path begins with the
	 * resource of ordinary rows, but the route does more; or NULL.
	 */
	const char *key_scope;
	const struct resource *resource; /* set by the router */
	unsigned verb;    /* enum resource_verb, for a resource's routes */
	const char *asks; /* the requirement, if the verb defines none */
	const char *
	    /*
	     * Set by the router: the organization module of the route's module.
	     */
	    org_module;
	admit_fn *admit; /* called before the body is read, or NULL */
	long body_max;   /* maximum body size in bytes; 0: TENANTRY_MAX_BODY */
	const char *media; /* media type of the body; NULL: JSON */
	/* An additional media type for responses, or NULL. */
	const char *answers;
	/*
	 * Shape of the members of the body that their types do not describe, or
	 * of the whole body if there is no table of its fields; or NULL.
	 */
	const char *takes;
	/*
	 * Members of the body of which one is required, such as
	 * "query embedding"; or NULL. A comma separates several groups. If all
	 * members of a group are missing, the refusal names the first one.
	 */
	const char *either;
	const struct shape *shape; /* set by the router: takes; or NULL */
	const char *
	    returns; /* shape of the response, see lib/format/shape.h; or NULL */
	bool secret_url; /* {token} is one of identity.secret_url */
	size_t slot;     /* set by the router: its index in the table */
};

/*
 * Returns true for a route that creates, changes or deletes one row of a
 * resource.
 */
bool route_writes_row(const struct route *);

/*
 * The exports of a file in handlers/: its routes, and the special features of
 * resources. This is not a module that an organization switches on. org_module
 * names such a module, without which an organization does not have these
 * routes.
 */
struct module {
	const char *name;
	const struct resource_hooks *hooks; /* or NULL */
	const struct route *routes;         /* or NULL */
	const char *org_module; /* NULL: every organization has the routes */
};

#endif
