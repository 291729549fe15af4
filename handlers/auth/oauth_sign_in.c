#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/provider.h"
#include "handlers/auth/oauth_sign_in.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

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

/* No row changes when somebody is refused, but the log has it. */
static enum problem_code
log_refusal(struct request *rq, const struct oauth_sign_in *a)
{
	const char *params[] = { a->who.email, request_agent(rq) };
	struct db_step step = {
		.sql = SQL("SELECT identity.oauth_refused($1, $2)"),
		.params = params,
		.nparams = 2,
	};
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
	const char **params = arena_array(rq->arena, 17, sizeof *params);
	enum problem_code err;

	params[0] = a->provider->id;
	params[1] = a->who.subject;
	params[2] = a->provider->issuer;
	params[3] = a->who.email;
	params[4] = a->who.verified ? "t" : "f";
	params[5] = a->who.name;
	params[6] = a->who.image;
	params[7] = oauth_tokens_json(rq, &a->grant);
	params[8] = end_session(a->provider);
	params[9] = may_sign_up(a) ? "t" : "f";
	params[10] =
	    a->invite != NULL ? token_hash(rq->arena, a->invite) : NULL;
	params[11] = rq->config->signup == SIGN_UP_OPEN ? "t" : "f";
	params[12] = token_new(rq->arena);
	params[13] = token_new(rq->arena);
	params[14] = token_hash(rq->arena, token);
	params[15] = rq->headers.address;
	params[16] = request_agent(rq);
	*user = (struct db_step){
		.sql = SQL("SELECT account, is_new FROM identity.oauth_enter("
			   "$1, $2, $3, $4, $5::boolean, $6, $7, $8::json, $9, "
			   "$10::boolean, $11::bytea, $12::boolean, $13, $14, "
			   "$15::bytea, $16, $17)"),
		.params = params,
		.nparams = 17,
	};
	err = session_write(rq, user, 1);
	return err == PROBLEM_BETTER_AUTH ? log_refusal(rq, a) : err;
}

enum problem_code
oauth_sign_in_link(struct request *rq, const struct oauth_sign_in *a,
    const char *user_id, const char *session_id)
{
	const char *params[] = { user_id, session_id, a->provider->id,
		a->who.subject, a->provider->issuer, a->who.email,
		a->who.verified ? "t" : "f", oauth_tokens_json(rq, &a->grant),
		end_session(a->provider) };
	struct db_step step = {
		.sql = SQL("SELECT identity.oauth_link($1, $2, $3, $4, $5, $6, "
			   "$7::boolean, $8::json, $9)"),
		.params = params,
		.nparams = 9,
	};

	return session_write(rq, &step, 1);
}
