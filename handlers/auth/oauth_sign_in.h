#ifndef OAUTH_SIGN_IN_H
#define OAUTH_SIGN_IN_H

#include <stdbool.h>

#include "fcgi/oidc/oauth.h"
#include "fcgi/oidc/userinfo.h"
#include "lib/base/problem.h"

struct db_step;
struct provider;
struct request;

/* A sign-in with a provider, by ID token (social.c) or by code (callback.c). */
struct oauth_sign_in {
	struct provider *provider;
	struct oauth_tokens grant;
	struct userinfo who;
	const char *invite; /* token of an invitation, or NULL */
	bool asked;         /* sign-up was requested */
};

/*
 * Opens a session. The step's row contains the user, and whether the user is
 * new.
 */
enum problem_code oauth_sign_in_enter(struct request *,
    const struct oauth_sign_in *, const char *token,
    struct db_step *) MUST_CHECK;

/*
 * Links the account to a user if the session that began the linking still
 * exists. If both arguments are NULL, the user and the session are those of
 * this request.
 */
enum problem_code oauth_sign_in_link(struct request *,
    const struct oauth_sign_in *, const char *user_id,
    const char *session_id) MUST_CHECK;

#endif
