#ifndef READ_BATCH_H
#define READ_BATCH_H

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct request;
struct response;

#define READ_BATCH_MAX 20 /* maximum number of parts of a request */

extern const struct query_param read_batch_params[];

/*
 * Answers several GET requests as if they were separate: each has its
 * permissions, transaction, status, metrics and log line.
 */
enum problem_code read_batch(struct request *, struct response *) MUST_CHECK;

#endif
