#ifndef FAULT_SEARCH_H
#define FAULT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/http/route.h"
#include "lib/base/problem.h"

struct change;
struct db_step;
struct fault;
struct json_object;
struct request;

/* Maximum number of trials for a request. */
#define FAULT_TRIALS_MAX 10

/* No trial of a request begins after this time. */
#define FAULT_TRIALS_MS 1000

/*
 * Builds the steps that write a body. A trial builds them without the members
 * that have faults. `of` is what the caller of fault_search_by() passed.
 */
typedef enum problem_code fault_steps_fn(struct request *, const void *of,
    struct json_object *body, struct db_step *steps, size_t *nsteps);

/*
 * Call this function after a change was refused. Adds the faults of the other
 * members of the body to the problem, so that a client can correct all of them
 * at once. Returns the code of the problem, or PROBLEM_NARROW.
 */
enum problem_code fault_search(
    struct request *, const struct change *) MUST_CHECK;

/* Does the same for any write whose steps a function builds. */
enum problem_code fault_search_by(struct request *, struct json_object *body,
    fault_steps_fn *, const void *of) MUST_CHECK;

/* Performs the action of the route, and searches for the faults of its body. */
enum problem_code fault_search_action(
    struct request *, struct response *, action_fn *) MUST_CHECK;

/*
 * The parts of a search, for a body with several rows. fault_search_stand_in()
 * returns a value for a required field of a new row, and fault_search_ends()
 * returns true for a problem that does not concern members.
 */
struct json_object *fault_search_stand_in(
    struct request *, const struct resource *creates, const struct fault *);
bool fault_search_ends(const struct request *, enum problem_code);

#endif
