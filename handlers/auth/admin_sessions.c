/* Admin plugin: users' sessions. */

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/admin.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/admin.h"

#define AT    "/api/auth/admin/"
#define FLAGS (ROUTE_BODY | ROUTE_BARE_401)

static action_fn list_user_sessions, revoke_user_session, revoke_user_sessions;

static const struct body_field user_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field token_body[] = {
	{ "sessionToken", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "list-user-sessions", list_user_sessions,
	    SESSION_USER, FLAGS, .body = user_body,
	    .summary = "List the sessions of a user",
	    .returns = "{sessions:[Session]}" },
	{ METHOD_POST, AT "revoke-user-session", revoke_user_session,
	    SESSION_USER, FLAGS, .body = token_body,
	    .summary = "Revoke a session of a user", .returns = "Success" },
	{ METHOD_POST, AT "revoke-user-sessions", revoke_user_sessions,
	    SESSION_USER, FLAGS, .body = user_body,
	    .summary = "Revoke all sessions of a user", .returns = "Success" },
	{ .action = NULL },
};

const struct module admin_sessions_module = {
	.name = "admin_sessions",
	.routes = routes,
};

static const char done[] = "{\"success\":true}";

static enum problem_code
list_user_sessions(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = identity_admin_list_sessions(
	    rq->arena, .uid = json_get_text(body, "userId"));
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

/*
 * Revokes another user's session. The response does not reveal whether the
 * session existed.
 */
static enum problem_code
revoke_user_session(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *token;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = json_get_text(body, "sessionToken");
	return admin_run(rq, rs,
	    identity_admin_revoke_session(rq->arena, .handle = token,
		.token_hash = token_hash(rq->arena, token)),
	    done);
}

static enum problem_code
revoke_user_sessions(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return admin_run(rq, rs,
	    identity_admin_revoke_sessions(
		rq->arena, .uid = json_get_text(body, "userId")),
	    done);
}
