#ifndef ARRIVAL_H
#define ARRIVAL_H

#include <stdbool.h>

#include "oauth.h"
#include "problem.h"
#include "profile.h"

struct db_step;
struct provider;
struct request;

/*
 * Somebody for whom a provider vouches; shared by the two ways to arrive,
 * social.c with an ID token and callback.c with a code.
 */
struct arrival {
	struct provider *provider;
	struct grant grant;
	struct profile who;
	const char *invite; /* token of an invitation, or NULL */
	bool asked;         /* to be signed up */
};

/* Opens a session; the step's one row is the user and whether they are new. */
enum problem_code arrival_enter(struct request *, const struct arrival *,
    const char *token, struct db_step *) MUST_CHECK;

/*
 * Links the account to a user while the session lasts in which they asked for
 * that; both NULL: those of this request.
 */
enum problem_code arrival_link(struct request *, const struct arrival *,
    const char *user_id, const char *session_id) MUST_CHECK;

#endif
