/* Starts and ends impersonations, in which an operator acts as another user. */

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/impersonation.h"

static action_fn begin_impersonation, end_impersonation;

static const struct body_field user_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ "reason", BODY_STRING, BODY_REQUIRED },
	{ "readOnly", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/admin/impersonate-user", begin_impersonation,
	    SESSION_USER, ROUTE_BODY | ROUTE_BARE_401, .body = user_body,
	    .summary = "Impersonate a user for an hour",
	    .returns = "SessionOfUser" },
	{ METHOD_POST, "/api/auth/admin/stop-impersonating", end_impersonation,
	    SESSION_USER, ROUTE_BODY | ROUTE_BARE_401 | ROUTE_LEAVES,
	    .summary = "Stop impersonating a user",
	    .returns = "SessionOfUser" },
	{ .action = NULL },
};

const struct module impersonation_module = {
	.name = "impersonation",
	.routes = routes,
};

#define ADMIN_SECONDS 604800

/*
 * Responds with the session. SQL does not know the token, so the token is added
 * as the first member.
 */
static void
answer_session(struct request *rq, struct response *rs, const char *token,
    const char *rest)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"session\":{\"token\":\"%s\",%s", token, rest);
	response_json(rs, 200, b.data, b.len);
}

/*
 * Gives the browser the user's session. Moves the operator's session, with its
 * "remember me" setting, to a second cookie.
 */
static void
change_cookies(struct request *rq, struct response *rs, const char *token)
{
	response_sign_out(rs, rq);
	response_cookie(rs, rq, "admin_session",
	    arena_printf(
		rq->arena, "%s:%s", rq->token, rq->remembered ? "" : "true"),
	    ADMIN_SECONDS);
	response_session(rs, rq, token, false);
}

static enum problem_code
begin_impersonation(struct request *rq, struct response *rs)
{
	const char *token;
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "session");
	step = identity_impersonate(rq->arena,
	    .uid = json_get_text(body, "userId"),
	    .reason = json_get_text(body, "reason"),
	    .reading = json_get_bool(body, "readOnly", false),
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .address = rq->headers.address, .user_agent = request_agent(rq));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_session(rq, rs, token, db_text(&step, 0, 0));
	change_cookies(rq, rs, token);
	return PROBLEM_NONE;
}

static enum problem_code
end_impersonation(struct request *rq, struct response *rs)
{
	const char *token = better_auth_admin_token(rq);
	struct db_step step = identity_stop_impersonating(
	    rq->arena, .admin_hash = token_hash(rq->arena, token));
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_session(
	    rq, rs, token, db_text(&step, 0, STOP_IMPERSONATING_ANSWER));
	response_session(
	    rs, rq, token, db_bool(&step, 0, STOP_IMPERSONATING_REMEMBER));
	response_cookie(rs, rq, "admin_session", NULL, 0);
	return PROBLEM_NONE;
}
