#ifndef QUARANTINE_H
#define QUARANTINE_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct request;

/*
 * Refuses requests that crash workers for ten minutes, in shared memory of all
 * workers. After two deaths, the same request of a caller is refused. After
 * five, every request of the caller to the route is refused, and after twenty,
 * every request of the address to the route.
 */
struct quarantine;

/* Maps the memory; call once, before any fork. */
struct quarantine *quarantine_new(void);

/*
 * Records that the worker in the supervisor's slot serves the request, and
 * refuses a request in quarantine. The first function is for a request whose
 * body has not been read yet, and the second function for the body. NULL (CGI)
 * refuses nothing.
 */
enum problem_code quarantine_caller(
    struct quarantine *, int slot, struct request *) MUST_CHECK;
enum problem_code quarantine_body(
    struct quarantine *, int slot, struct request *) MUST_CHECK;

/* Records that the worker has served the request. */
void quarantine_leave(struct quarantine *, int slot);

/*
 * For the supervisor: the worker in the slot has ended. fault is true if its
 * request may be the reason. Returns the pattern of the route that it served,
 * or NULL.
 */
const char *quarantine_died(struct quarantine *, int slot, bool fault);

#endif
