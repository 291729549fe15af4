#ifndef DEVELOPMENT_H
#define DEVELOPMENT_H

#include "lib/db/db.h"

struct request;

/*
 * The header x-user-id, by which a developer on this very machine may say who
 * they are where TENANTRY_DEV_IDENTITY is set.  Refused anywhere else; sets
 * the request's token.
 */
enum problem_code development_caller(struct request *) MUST_CHECK;

/* Opens that user's session, before a request is begun in it. */
struct db_step development_begin(struct request *);

#endif
