#ifndef OAUTH_SIGN_IN_H
#define OAUTH_SIGN_IN_H

#include <stdbool.h>

#include "fcgi/oidc/oauth.h"
#include "fcgi/oidc/userinfo.h"
#include "lib/base/problem.h"

struct db_step;
struct provider;
struct request;

/*
 * Somebody for whom a provider vouches; shared by the two ways to arrive,
 * social.c with an ID token and callback.c with a code.
 */
struct oauth_sign_in {
	struct provider *provider;
	struct oauth_tokens grant;
	struct userinfo who;
	const char *invite; /* token of an invitation, or NULL */
	bool asked;         /* to be signed up */
};

/* Opens a session; the step's one row is the user and whether they are new. */
enum problem_code oauth_sign_in_enter(struct request *,
    const struct oauth_sign_in *, const char *token,
    struct db_step *) MUST_CHECK;

/*
 * Links the account to a user while the session lasts in which they asked for
 * that; both NULL: those of this request.
 */
enum problem_code oauth_sign_in_link(struct request *,
    const struct oauth_sign_in *, const char *user_id,
    const char *session_id) MUST_CHECK;

#endif
