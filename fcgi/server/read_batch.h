#ifndef READ_BATCH_H
#define READ_BATCH_H

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct request;
struct response;

#define READ_BATCH_MAX 20 /* maximum number of parts per request */

extern const struct query_param read_batch_params[];

/*
 * Answers several GET requests as if they were separate. Each has its own
 * permissions, transaction, status, metrics and log line.
 */
enum problem_code read_batch(struct request *, struct response *) MUST_CHECK;

#endif
