#ifndef ROUTER_H
#define ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"
#include "resource.h"
#include "response.h"
#include "session.h"

struct body_field;

typedef enum problem_code action_fn(struct request *, struct response *);
typedef enum problem_code admit_fn(struct request *);

enum route_flag {
	ROUTE_SIGNS_IN = 1 << 0,  /* looked at for CSRF even without a cookie */
	ROUTE_HASHES = 1 << 1,    /* for the login pool: it hashes a password */
	ROUTE_BODY = 1 << 2,      /* reads a JSON body */
	ROUTE_FORM = 1 << 3,      /* takes an urlencoded form as well */
	ROUTE_PLAIN = 1 << 4,     /* not part of the documented API */
	ROUTE_SECRET = 1 << 5,    /* its path is not for the log */
	ROUTE_BARE_401 = 1 << 6,  /* its 401 has an empty body */
	ROUTE_FETCHES = 1 << 7,   /* for the slow pool: it asks other servers */
	ROUTE_OWN_HANDS = 1 << 8, /* not for who acts in another's name */
	ROUTE_FILES = 1 << 9,     /* its JSON body may hold whole files */
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
	admit_fn *admit;   /* asked before the body is read, or NULL */
	long body_max;     /* where it may be larger than others, or 0 */
	const char *media; /* type of its body where that is no JSON, or NULL */
	const char *answers; /* a type that it may answer in besides, or NULL */
};

/* What the clients of ra-data-simple-rest call, for any resource; crud.c. */
extern const struct route resource_routes[];

/* The first of them, for a route that has a say in the query. */
action_fn resource_list;

/* All rows of a list, written out one after the other; export.c. */
action_fn resource_export;

/* Changes or deletes all rows that a filter finds; bulk.c. */
action_fn resource_bulk;

/* True for a route that makes, changes or deletes one row. */
bool resource_changes(const struct route *);

/* The verb that one of resource_routes serves. */
unsigned resource_verb(const struct route *);

/* What a file in handlers/ exports: resources, routes of its own, or both. */
struct module {
	const char *name;
	const struct resource *const *resources; /* NULL-ended, or NULL */
	const struct route *routes;              /* or NULL */
};

/* All routes of all modules in one table, made once before any fork. */
struct router {
	struct route *routes;
	size_t nroutes;
	const struct resource **resources; /* NULL-ended */
};

/* The table lives in the arena. */
struct arena;
void router_init(
    struct router *, struct arena *, const struct module *const *modules);

/* The route of that method and path, or NULL. */
const struct route *router_find(
    const struct router *, enum method, const char *path);

/* Finds the route; sets the request's route and id. */
enum problem_code router_match(
    const struct router *, struct request *) MUST_CHECK;

#endif
