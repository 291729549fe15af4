/*
 * Sign-in with an emailed link. The link opens a page with a button: programs
 * that open links in emails, such as virus scanners, must not consume the link.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/html_page.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/token.h"
#include "schema/identity/magic_link.h"

#define BROWSER_COOKIE "magic_link" /* binds links to the browser */
#define BROWSER_LIFE   3600

static action_fn request_link, follow_link, confirm_link, open_link;

static const struct body_field request_body[] = {
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "name", BODY_STRING, 0 },
	{ "callbackURL", BODY_STRING, 0 },
	{ "newUserCallbackURL", BODY_STRING, 0 },
	{ "errorCallbackURL", BODY_STRING, 0 },
	{ "metadata", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct query_param verify_params[] = {
	{ "token", PARAM_TEXT, "the token of the link", NULL },
	{ "callbackURL", PARAM_TEXT,
	    "the URL to redirect to (default: a JSON response)", NULL },
	{ "newUserCallbackURL", PARAM_TEXT, "the URL to redirect a new user to",
	    NULL },
	{ "errorCallbackURL", PARAM_TEXT,
	    "the URL to redirect to after an error", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-in/magic-link", request_link,
	    SESSION_NONE, ROUTE_SIGNS_IN | ROUTE_BODY, .body = request_body,
	    .summary = "Send a sign-in link by email", .returns = "Status" },
	{ METHOD_GET, "/api/auth/magic-link/confirm", confirm_link,
	    SESSION_NONE, ROUTE_PLAIN | ROUTE_MAILED, .params = verify_params,
	    .summary = "Show the page of an emailed sign-in link" },
	{ METHOD_GET, "/api/auth/magic-link/verify", open_link,
	    .params = verify_params,
	    .summary = "Sign in with the token of an emailed link",
	    .returns =
		"{token:string,user:User,session:Session}|SecondFactor" },
	{ METHOD_POST, "/api/auth/magic-link/verify", follow_link, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_PLAIN, .params = verify_params,
	    .summary = "Sign in, from the page of an emailed link",
	    .returns =
		"{token:string,user:User,session:Session}|SecondFactor" },
	{ .action = NULL },
};

const struct module magic_link_module = { .name = "magic_link",
	.routes = routes };

/* Returns the link with its callback URLs, which default to the front page. */
static const char *
make_link(struct request *rq, struct json_object *body, const char *token)
{
	static const char *const urls[] = { "newUserCallbackURL",
		"errorCallbackURL" };
	const char *callback = json_get_text(body, "callbackURL"), *url, *link;
	size_t i;

	link = arena_printf(rq->arena,
	    "%s/api/auth/magic-link/confirm?token=%s&callbackURL=%s",
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

/*
 * Returns the secret under which a link is stored. If links are bound to
 * browsers, the secret also contains the value of the browser's cookie.
 */
static const char *
secret_of(struct request *rq, const char *token, const char *browser)
{
	return browser == NULL
	    ? token
	    : arena_printf(rq->arena, "%s.%s", token, browser);
}

/* Returns the value of the browser's cookie, or NULL. */
static const char *
browser_of(struct request *rq)
{
	return rq->config->magic_link_browser
	    ? better_auth_signed_cookie(rq, BROWSER_COOKIE)
	    : NULL;
}

/*
 * Emails a link to users and to addresses that can sign up. Performs the same
 * work for other addresses, but sends no email.
 */
static enum problem_code
request_link(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	const char *token = session_new_token(rq, "magic-link");
	const char *browser = browser_of(rq);
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (browser == NULL && rq->config->magic_link_browser)
		browser = token_new(rq->arena);
	step = identity_request_link(rq->arena,
	    .email = json_get_text(body, "email"),
	    .name = json_get_text(body, "name"),
	    .token = secret_of(rq, token, browser),
	    .link = make_link(rq, body, token),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit,
	    .open = config_admits(rq->config, json_get_text(body, "email")));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	if (browser != NULL)
		response_cookie(rs, rq, BROWSER_COOKIE, browser, BROWSER_LIFE);
	return PROBLEM_NONE;
}

static enum problem_code
sign_in_by_link(struct request *rq, const char *link, const char *token,
    const struct second_factor_challenge *challenge, struct db_step *step)
{
	*step = identity_enter_by_link(rq->arena,
	    .token = secret_of(rq, link, browser_of(rq)),
	    .new_id = token_new(rq->arena), .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .caller_hash = session_hash(rq), .address = rq->headers.address,
	    .user_agent = request_agent(rq),
	    .open = rq->config->signup == SIGN_UP_OPEN,
	    .language = request_language(rq), .second_factor = challenge->json);
	return session_write(rq, step, 1);
}

/* Returns the absolute URL of a callback parameter, or of the fallback. */
static const char *
target_url(struct request *rq, const char *name, const char *fallback)
{
	const char *url = param_text(rq, name);

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

/*
 * Returns true if none of the pages that the request names would explain an
 * error.
 */
static bool
nobody_explains(struct request *rq)
{
	const char *error = param_text(rq, "errorCallbackURL");

	return (error == NULL || *error == '\0') &&
	    mailed_link_unexplained(rq, param_text(rq, "callbackURL"));
}

/* Returns why a link of another browser is refused, or NULL. */
static const char *
other_browser(struct request *rq)
{
	if (!rq->config->magic_link_browser || browser_of(rq) != NULL)
		return NULL;
	return strcmp(request_language(rq), "fr") == 0
	    ? "Ce lien ne fonctionne que dans le navigateur où vous l’avez "
	      "demandé. Ouvrez-le dans ce navigateur, ou demandez un code."
	    : "This link works only in the browser where you asked for it. "
	      "Open it there, or ask for a code.";
}

/* Redirects a link that is invalid, used or expired, with the error code. */
static enum problem_code
redirect_error(struct request *rq, struct response *rs)
{
	const char *front = target_url(rq, "callbackURL", "/");

	if (nobody_explains(rq) &&
	    strcmp(better_auth_code(rq->arena, &rq->problem),
		"INVALID_TOKEN") == 0) {
		mailed_link_answer_stale(rs, rq, other_browser(rq));
		return PROBLEM_NONE;
	}
	response_redirect(rs, rq,
	    url_with(rq->arena, target_url(rq, "errorCallbackURL", front),
		"error", better_auth_code(rq->arena, &rq->problem)));
	return PROBLEM_NONE;
}

/*
 * Responds with a session, or with the cookie for a second-factor challenge. If
 * there is a challenge, the URL or the JSON contains twoFactorRedirect.
 */
static void
answer_sign_in(struct request *rq, struct response *rs,
    const struct db_step *step, const struct second_factor_challenge *challenge,
    const char *token)
{
	const char *callback = param_text(rq, "callbackURL");
	const char *front = target_url(rq, "callbackURL", "/");
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
			? target_url(rq, "newUserCallbackURL", front)
			: front);
	response_session(rs, rq, token, true);
	second_factor_challenge_renew(challenge, rq, rs, account);
}

static enum problem_code
follow_link(struct request *rq, struct response *rs)
{
	const char *link = param_text(rq, "token");
	const char *token = token_new(rq->arena);
	enum problem_code err;
	struct db_step step;
	struct second_factor_challenge challenge;

	if (link == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.token] Invalid input: expected string, received "
		    "undefined");
	second_factor_challenge_init(&challenge, rq);
	err = sign_in_by_link(rq, link, token, &challenge, &step);
	if (err == PROBLEM_BETTER_AUTH)
		return redirect_error(rq, rs);
	if (err != PROBLEM_NONE)
		return err;
	answer_sign_in(rq, rs, &step, &challenge, token);
	return PROBLEM_NONE;
}

/*
 * Responds with a page whose button posts the same query. Nothing is read or
 * written yet.
 */
static enum problem_code
confirm_link(struct request *rq, struct response *rs)
{
	bool french = strcmp(request_language(rq), "fr") == 0;

	html_page_respond(rs, rq, 200,
	    &(struct html_page){ .title = french ? "Connexion" : "Sign in",
		.text = french ? "Ce lien ne fonctionne qu’une fois."
			       : "This link works once.",
		.action =
		    arena_printf(rq->arena, "verify?%s", rq->headers.query),
		.button = french ? "Se connecter" : "Sign in" });
	return PROBLEM_NONE;
}

/*
 * Opens a link. A browser gets the page. For any other client, the GET request
 * itself signs the user in.
 */
static enum problem_code
open_link(struct request *rq, struct response *rs)
{
	return html_page_wanted(rq) ? confirm_link(rq, rs)
				    : follow_link(rq, rs);
}
