#ifndef PAYOUT_FILE_H
#define PAYOUT_FILE_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Responds with the batch of payouts of the path as a credit transfer of ISO
 * 20022, pain.001.001.09. The bytes are always the same.
 */
enum problem_code payout_file_send(
    struct request *, struct response *) MUST_CHECK;

#endif
