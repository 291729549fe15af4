#ifndef DEVELOPMENT_H
#define DEVELOPMENT_H

#include "lib/db/db.h"

struct request;

/*
 * Authenticates a local request by the x-user-id header and sets its token.
 * Fails unless TENANTRY_DEV_IDENTITY is set and the request is local.
 */
enum problem_code development_caller(struct request *) MUST_CHECK;

/*
 * Returns the step that creates the developer's session, before
 * begin_request().
 */
struct db_step development_begin(struct request *);

#endif
