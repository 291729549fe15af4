#ifndef ANSWER_H
#define ANSWER_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/*
 * Runs one statement and responds with the JSON of its first cell, status 200.
 * answer_write() stores the response under an Idempotency-Key.
 */
enum problem_code answer_read(
    struct request *, struct response *, struct db_step) MUST_CHECK;
enum problem_code answer_write(
    struct request *, struct response *, struct db_step) MUST_CHECK;

#endif
