#ifndef ASSISTANT_KEY_H
#define ASSISTANT_KEY_H

#include "lib/base/problem.h"

struct request;

/*
 * Checks a key for the model, which is sent in an HTTP header without encoding,
 * and encrypts it. A refusal names the member of the body.
 */
enum problem_code assistant_key_seal(struct request *, const char *member,
    const char *key, const char **sealed) MUST_CHECK;

#endif
