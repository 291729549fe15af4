/* The caller's sessions: read, list and revoke. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/session_data.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/session.h"

static action_fn get_session, post_session, list_sessions, revoke_session,
    revoke_all_sessions, revoke_other_sessions, refuse_update;

static const struct body_field token_body[] = {
	{ "token", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	{ "disableRefresh", PARAM_TEXT, "any text: the session is not extended",
	    NULL },
	{ "disableCookieCache", PARAM_TEXT,
	    "any text: the cookie with the session data is renewed", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/get-session", get_session,
	    .params = get_params,
	    .summary = "Get the session and its user, or null",
	    .returns = "SessionOfUser?" },
	{ METHOD_POST, "/api/auth/get-session", post_session, SESSION_NONE,
	    ROUTE_PLAIN, .summary = "Not supported" },
	{ METHOD_GET, "/api/auth/list-sessions", list_sessions, SESSION_FRESH,
	    .summary = "List the sessions of the caller",
	    .returns = "[Session]" },
	{ METHOD_POST, "/api/auth/update-session", refuse_update, SESSION_USER,
	    ROUTE_BODY,
	    .summary = "Refused, because sessions have no fields that can be "
		       "written",
	    .returns = "object" },
	{ METHOD_POST, "/api/auth/revoke-session", revoke_session, SESSION_USER,
	    ROUTE_BODY, .body = token_body, .summary = "Revoke a session",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/revoke-sessions", revoke_all_sessions,
	    SESSION_USER, ROUTE_BODY, .summary = "Revoke all sessions",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/revoke-other-sessions", revoke_other_sessions,
	    SESSION_USER, ROUTE_BODY, .summary = "Revoke all other sessions",
	    .returns = "Status" },
	{ .action = NULL },
};

const struct module sessions_module = { .name = "sessions", .routes = routes };

static const char done[] = "{\"status\":true}";

/*
 * Writes the session. SQL does not know the token, so the token is added as the
 * first member.
 */
static void
put_session(struct buf *b, const char *session, const char *token)
{
	buf_puts(b, "{\"token\":");
	buf_json(b, token);
	buf_printf(b, ",%s", session + 1);
}

static enum problem_code
find_session(struct request *rq, const char *token, struct db_step *found)
{
	const char *keep = param_text(rq, "disableRefresh");

	*found = identity_get_session(rq->arena,
	    .token_hash = token_hash(rq->arena, token),
	    .refresh = keep == NULL || *keep == '\0');
	return session_read(rq, found, 1);
}

/*
 * Finds the operator's session after an impersonation, which ends when it
 * expires or its user is banned or deleted. The operator's own session
 * continues.
 */
static enum problem_code
find_operator(struct request *rq, const char **token, struct db_step *found)
{
	*token = better_auth_admin_token(rq);
	if (**token == '\0')
		return PROBLEM_NONE;
	return find_session(rq, *token, found);
}

static enum problem_code
get_session(struct request *rq, struct response *rs)
{
	const char *session, *user, *token = rq->token;
	struct db_step found;
	enum problem_code err;
	struct buf b;
	bool ended;

	response_json(rs, 200, "null", 4);
	rs->uncacheable = true;
	if (token == NULL)
		return PROBLEM_NONE;
	if ((err = find_session(rq, token, &found)) != PROBLEM_NONE)
		return err;
	ended = db_rows(&found) == 0;
	if (ended && (err = find_operator(rq, &token, &found)) != PROBLEM_NONE)
		return err;
	if (db_rows(&found) == 0) {
		response_sign_out(rs, rq);
		return PROBLEM_NONE;
	}
	buf_init(&b, rq->arena);
	put_session(&b, db_text(&found, 0, GET_SESSION_SESSION), token);
	session = b.data;
	user = db_text(&found, 0, GET_SESSION_ACCOUNT);
	rs->body = arena_printf(
	    rq->arena, "{\"session\":%s,\"user\":%s}", session, user);
	rs->body_len = strlen(rs->body);
	if (ended || db_bool(&found, 0, GET_SESSION_REFRESHED))
		response_session(
		    rs, rq, token, db_bool(&found, 0, GET_SESSION_REMEMBER));
	if (ended)
		response_cookie(rs, rq, "admin_session", NULL, 0);
	session_data_offer(rs, rq, session, user);
	return PROBLEM_NONE;
}

/*
 * Responds with the session. This route is only for servers that defer session
 * refreshes.
 */
static enum problem_code
post_session(struct request *rq, struct response *rs)
{
	(void)request_fail_better_auth(
	    rq, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
	response_problem(rs, rq);
	rs->uncacheable = true;
	return PROBLEM_NONE;
}

/*
 * Lists the sessions. Only the caller's own token is known, because the
 * database contains hashes of the others. A handle therefore replaces each of
 * the other tokens. Only revoke-session accepts handles.
 */
static enum problem_code
list_sessions(struct request *rq, struct response *rs)
{
	struct db_step step = identity_list_sessions(rq->arena);
	enum problem_code err;
	struct buf b;
	int i;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	for (i = 0; i < db_rows(&step); i++) {
		buf_puts(&b, i > 0 ? "," : "");
		put_session(&b, db_text(&step, i, LIST_SESSIONS_SESSION),
		    db_bool(&step, i, LIST_SESSIONS_CURRENT)
			? rq->token
			: db_text(&step, i, LIST_SESSIONS_HANDLE));
	}
	buf_puts(&b, "]");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
answer_revoked(struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err;

	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

/*
 * Revokes one of the caller's sessions. The response does not reveal whether
 * the session existed.
 */
static enum problem_code
revoke_session(struct request *rq, struct response *rs)
{
	const char *token;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = json_get_text(body, "token");
	return answer_revoked(rq, rs,
	    identity_revoke_session(rq->arena, .handle = token,
		.token_hash = token_hash(rq->arena, token)));
}

static enum problem_code
revoke_all_sessions(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = answer_revoked(
		 rq, rs, identity_revoke_sessions(rq->arena))) != PROBLEM_NONE)
		return err;
	response_sign_out(rs, rq);
	return PROBLEM_NONE;
}

static enum problem_code
revoke_other_sessions(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_revoked(
	    rq, rs, identity_revoke_other_sessions(rq->arena));
}

/*
 * Refuses any change, because a session has no member that the user can change.
 */
static enum problem_code
refuse_update(struct request *rq, struct response *rs)
{
	static const char *const fields[] = { "activeOrganizationId",
		"impersonatedBy", NULL };
	struct json_object *body;
	const char *const *f;
	enum problem_code err;
	bool present;

	(void)rs;
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	for (f = fields; *f != NULL; f++)
		if (json_truthy(json_get(body, *f, &present)))
			return session_refuse(rq,
			    arena_printf(
				rq->arena, "FIELD_NOT_ALLOWED: %s", *f));
	return session_refuse(rq, "NO_FIELDS_TO_UPDATE");
}
