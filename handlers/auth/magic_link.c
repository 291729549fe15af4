/* Sign-in with a link that is mailed. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/token.h"
#include "schema/identity/magic_link.h"

static bool
open_to_all(const struct request *rq)
{
	return rq->config->signup == SIGN_UP_OPEN;
}

/* The link, with where it leads; a callback that nobody gave is the front. */
static const char *
make_link(struct request *rq, struct json_object *body, const char *token)
{
	static const char *const urls[] = { "newUserCallbackURL",
		"errorCallbackURL" };
	const char *callback = json_get_text(body, "callbackURL"), *url, *link;
	size_t i;

	link = arena_printf(rq->arena,
	    "%s/api/auth/magic-link/verify?token=%s&callbackURL=%s",
	    rq->config->base_url, token,
	    url_encode(rq->arena,
		callback != NULL && *callback != '\0' ? callback : "/"));
	for (i = 0; i < 2; i++) {
		url = json_get_text(body, urls[i]);
		if (url != NULL && *url != '\0')
			link = url_with(rq->arena, link, urls[i], url);
	}
	return link;
}

/* Mails whoever is a user or may become one; says and does the same else. */
static enum problem_code
request(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	const char *token = session_new_token(rq, "magic-link");
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = identity_request_link(rq->arena,
	    .email = json_get_text(body, "email"),
	    .name = json_get_text(body, "name"), .token = token,
	    .link = make_link(rq, body, token),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit, .open = open_to_all(rq));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

static enum problem_code
enter(struct request *rq, const char *link, const char *token,
    const struct second_factor_challenge *challenge, struct db_step *step)
{
	*step = identity_enter_by_link(rq->arena, .token = link,
	    .new_id = token_new(rq->arena), .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .caller_hash = session_hash(rq), .address = rq->headers.address,
	    .user_agent = request_agent(rq), .open = open_to_all(rq),
	    .second_factor = challenge->json);
	return session_write(rq, step, 1);
}

/* A parameter that says where to go, or else that place, as a whole URL. */
static const char *
target(struct request *rq, const char *name, const char *fallback)
{
	const char *url = request_param(rq, name);

	if (url == NULL || *url == '\0')
		url = fallback;
	return url_absolute(rq->arena, rq->config->base_url, url);
}

static void
answer_json(struct request *rq, struct response *rs, const struct db_step *step,
    const char *token)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b,
	    "{\"token\":\"%s\",\"user\":%s,\"session\":{\"token\":\"%s\",%s}",
	    token, db_text(step, 0, ENTER_BY_LINK_ACCOUNT), token,
	    db_text(step, 0, ENTER_BY_LINK_SESSION) + 1);
	response_json(rs, 200, b.data, b.len);
}

/* A link that is wrong, used or too old leads back with the reason. */
static enum problem_code
fail(struct request *rq, struct response *rs)
{
	const char *front = target(rq, "callbackURL", "/");

	response_redirect(rs, rq,
	    url_with(rq->arena, target(rq, "errorCallbackURL", front), "error",
		better_auth_code(rq->arena, &rq->problem)));
	return PROBLEM_NONE;
}

/*
 * The session, or the cookie of a challenge: then the page it leads to finds
 * twoFactorRedirect in its address, which the client finds in JSON.
 */
static void
answer(struct request *rq, struct response *rs, const struct db_step *step,
    const struct second_factor_challenge *challenge, const char *token)
{
	const char *callback = request_param(rq, "callbackURL");
	const char *front = target(rq, "callbackURL", "/");
	const char *account = db_text(step, 0, ENTER_BY_LINK_ACCOUNT);
	bool json = callback == NULL || *callback == '\0';

	if (second_factor_challenge_answer(challenge, rq, rs, account, true)) {
		if (!json)
			response_lead(rs, rq,
			    url_with(
				rq->arena, front, "twoFactorRedirect", "true"));
		return;
	}
	if (json)
		answer_json(rq, rs, step, token);
	else
		response_redirect(rs, rq,
		    db_bool(step, 0, ENTER_BY_LINK_IS_NEW)
			? target(rq, "newUserCallbackURL", front)
			: front);
	response_session(rs, rq, token, true);
	second_factor_challenge_renew(challenge, rq, rs, account);
}

static enum problem_code
follow(struct request *rq, struct response *rs)
{
	const char *link = request_param(rq, "token");
	const char *token = token_new(rq->arena);
	enum problem_code err;
	struct db_step step;
	struct second_factor_challenge challenge;

	if (link == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.token] Invalid input: expected string, received "
		    "undefined");
	second_factor_challenge_init(&challenge, rq);
	err = enter(rq, link, token, &challenge, &step);
	if (err == PROBLEM_BETTER_AUTH)
		return fail(rq, rs);
	if (err != PROBLEM_NONE)
		return err;
	answer(rq, rs, &step, &challenge, token);
	return PROBLEM_NONE;
}

static const struct body_field request_body[] = {
	{ "email", BODY_EMAIL, true, false },
	{ "name", BODY_STRING, false, false },
	{ "callbackURL", BODY_STRING, false, false },
	{ "newUserCallbackURL", BODY_STRING, false, false },
	{ "errorCallbackURL", BODY_STRING, false, false },
	{ "metadata", BODY_RECORD, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-in/magic-link", request, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_BODY, .body = request_body,
	    .summary = "Mail a link that signs in" },
	{ METHOD_GET, "/api/auth/magic-link/verify", follow,
	    .summary = "Follow the mailed link: sign in" },
	{ .action = NULL },
};

const struct module magic_link_module = { .name = "magic_link",
	.routes = routes };
