#ifndef QUARANTINE_H
#define QUARANTINE_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct request;

/*
 * Refuses requests that crash workers for ten minutes, in memory shared by all
 * workers. After two deaths, the same request from the same caller is refused.
 * After five, every request from the caller to the route is refused. After
 * twenty, every request from the address to the route is refused.
 */
struct quarantine;

/* Maps the memory. Call it once, before any fork. */
struct quarantine *quarantine_new(void);

/*
 * These functions record that the worker in the supervisor's slot is serving
 * the request, and refuse a request in quarantine. The first function is for a
 * request whose body has not been read yet, and the second function is for the
 * body. With NULL (CGI), nothing is refused.
 */
enum problem_code quarantine_caller(
    struct quarantine *, int slot, struct request *) MUST_CHECK;
enum problem_code quarantine_body(
    struct quarantine *, int slot, struct request *) MUST_CHECK;

/* Records that the worker has served the request. */
void quarantine_leave(struct quarantine *, int slot);

/*
 * For the supervisor: records that the worker in the slot has ended. fault is
 * true if the worker's request may be the reason. Returns the pattern of the
 * route that the worker was serving, or NULL.
 */
const char *quarantine_died(struct quarantine *, int slot, bool fault);

#endif
