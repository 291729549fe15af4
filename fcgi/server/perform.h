#ifndef PERFORM_H
#define PERFORM_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Runs the action of the request's route with the rows and fields that the
 * caller may use.
 */
enum problem_code perform(struct request *, struct response *) MUST_CHECK;

/* Counts the request in the metrics and writes a log line. */
void perform_record(struct request *, const struct response *);

#endif
