/* Signs in or links a user whom an OAuth provider has identified. */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/provider.h"
#include "handlers/auth/oauth_sign_in.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "schema/identity/oauth.h"

static const char *
end_session(const struct provider *p)
{
	return *p->at.end_session != '\0' ? p->at.end_session : NULL;
}

static bool
may_sign_up(const struct oauth_sign_in *a)
{
	return a->provider->signup == SIGNUP_YES ||
	    (a->provider->signup == SIGNUP_ASKED && a->asked);
}

/*
 * Logs a refusal. A refusal changes no rows except those of the user's groups.
 */
static enum problem_code
log_refusal(struct request *rq, const struct oauth_sign_in *a)
{
	struct db_step step =
	    identity_oauth_refused(rq->arena, .email = a->who.email,
		.user_agent = request_agent(rq), .provider = a->provider->id,
		.subject = a->who.subject, .groups = a->who.groups);
	struct problem refusal = rq->problem;
	enum problem_code err = session_write(rq, &step, 1);

	if (err == PROBLEM_NONE)
		rq->problem = refusal;
	return rq->problem.code;
}

enum problem_code
oauth_sign_in_enter(struct request *rq, const struct oauth_sign_in *a,
    const char *token, struct db_step *user)
{
	enum problem_code err;

	*user = identity_oauth_enter(rq->arena, .provider = a->provider->id,
	    .subject = a->who.subject, .issuer = a->provider->issuer,
	    .email = a->who.email, .verified = a->who.verified,
	    .name = a->who.name, .image = a->who.image,
	    .tokens = oauth_tokens_json(rq, &a->grant),
	    .end_session = end_session(a->provider),
	    .may_sign_up = may_sign_up(a),
	    .invite_hash =
		a->invite != NULL ? token_hash(rq->arena, a->invite) : NULL,
	    .open = rq->config->signup == SIGN_UP_OPEN ||
		(a->who.verified && config_admits(rq->config, a->who.email)),
	    .new_user_id = token_new(rq->arena),
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .groups = a->who.groups);
	err = session_write(rq, user, 1);
	return err == PROBLEM_BETTER_AUTH ? log_refusal(rq, a) : err;
}

enum problem_code
oauth_sign_in_link(struct request *rq, const struct oauth_sign_in *a,
    const char *user_id, const char *session_id)
{
	struct db_step step = identity_oauth_link(rq->arena, .uid = user_id,
	    .session_id = session_id, .provider = a->provider->id,
	    .subject = a->who.subject, .issuer = a->provider->issuer,
	    .email = a->who.email, .verified = a->who.verified,
	    .tokens = oauth_tokens_json(rq, &a->grant),
	    .end_session = end_session(a->provider), .groups = a->who.groups);

	return session_write(rq, &step, 1);
}
