#ifndef ANSWER_H
#define ANSWER_H

#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/*
 * These functions run one statement and respond with status 200 and the JSON in
 * its first cell. answer_write() stores the response under an Idempotency-Key.
 */
enum problem_code answer_read(
    struct request *, struct response *, struct db_step) MUST_CHECK;
enum problem_code answer_write(
    struct request *, struct response *, struct db_step) MUST_CHECK;

/*
 * Responds with JSON and its quoted ETag, or with 304 and no body if the caller
 * already has this version (RFC 9110, 13.1.2).
 */
void answer_unless_known(struct request *, struct response *, const char *etag,
    const char *json, size_t len);

#endif
