#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"

struct body_field;
struct response;

typedef enum problem_code action_fn(struct request *, struct response *);
typedef enum problem_code admit_fn(struct request *);

/* Who may call a route; the database checks it, in the same round trip. */
enum session_need {
	SESSION_NONE,         /* anyone */
	SESSION_USER,         /* signed in */
	SESSION_FRESH,        /* signed in within a day */
	SESSION_ORGANIZATION, /* member of the organization it acts in */
	SESSION_ADMIN,        /* owner or admin of it */
};

enum route_flag {
	ROUTE_SIGNS_IN = 1 << 0, /* looked at for CSRF even without a cookie */
	ROUTE_HASHES = 1 << 1,   /* for the login pool: it hashes a password */
	ROUTE_BODY = 1 << 2,     /* reads a JSON body */
	ROUTE_FORM = 1 << 3,     /* takes an urlencoded form as well */
	ROUTE_PLAIN = 1 << 4,    /* not part of the documented API */
	ROUTE_SECRET = 1 << 5,   /* its path is not for the log */
	ROUTE_BARE_401 = 1 << 6, /* its 401 has an empty body */
	ROUTE_FETCHES = 1 << 7,  /* for the slow pool: it asks other servers */
	ROUTE_NO_IMPERSONATION = 1
	    << 8,               /* not for who acts in another's name */
	ROUTE_FILES = 1 << 9,   /* its JSON body may hold whole files */
	ROUTE_UPLOAD = 1 << 10, /* its body is a file, left on disk by nginx */
	ROUTE_EVENTS = 1 << 11, /* its answer is a stream of events */
	ROUTE_BEARER = 1 << 12, /* its 401 says where a key goes */
	ROUTE_BASIC = 1 << 13,  /* its 401 asks for a name and password */
	ROUTE_RPC = 1 << 14,    /* its 400 is an error of JSON-RPC */
};

/*
 * One method of one path.  "{word}" stands for one segment, which the
 * handler finds in rq->id.  The last route of a list has no action.
 */
struct route {
	enum method method;
	const char *pattern; /* "/api/auth/ok" */
	action_fn *action;
	enum session_need need;
	unsigned flags;
	int status; /* of success; 0: 200 */
	const char *summary;
	const struct body_field *body; /* what the body holds, or NULL */
	const struct resource *resource;
	unsigned verb;   /* of enum resource_verb, of a resource's own routes */
	admit_fn *admit; /* asked before the body is read, or NULL */
	long body_max;   /* where it may be larger than others, or 0 */
	const char *media; /* type of its body where that is no JSON, or NULL */
	const char *answers; /* a type that it may answer in besides, or NULL */
};

/* True for a route that creates, changes or deletes one row of a resource. */
bool route_writes_row(const struct route *);

/* What a file in handlers/ exports: resources, routes of its own, or both. */
struct module {
	const char *name;
	const struct resource *const *resources; /* NULL-ended, or NULL */
	const struct route *routes;              /* or NULL */
};

#endif
