#ifndef PAYOUT_FILE_H
#define PAYOUT_FILE_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Responds with the payout batch in the path as a credit transfer,
 * pain.001.001.09 (ISO 20022). The bytes are always the same.
 */
enum problem_code payout_file_send(
    struct request *, struct response *) MUST_CHECK;

#endif
