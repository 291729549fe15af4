/*
 * Emails verification links and follows them.
 *
 * The emailed link opens a page with a button: programs that open links in
 * emails must neither verify nor change an address.
 */

#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/html_page.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/jwt.h"
#include "lib/crypto/token.h"
#include "schema/identity/email.h"

static action_fn send_link, verify_email, confirm_link, open_link;

static const struct body_field send_body[] = {
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "callbackURL", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param verify_params[] = {
	{ "token", PARAM_TEXT, "the token of the link", NULL },
	{ "callbackURL", PARAM_TEXT,
	    "the URL to redirect to (default: a JSON response)", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/send-verification-email", send_link,
	    SESSION_NONE, ROUTE_BODY, .body = send_body,
	    .summary = "Send a link that verifies an address by email",
	    .returns = "Status" },
	{ METHOD_GET, "/api/auth/verify-email/confirm", confirm_link,
	    SESSION_NONE, ROUTE_PLAIN | ROUTE_MAILED, .params = verify_params,
	    .summary = "Show the page of an emailed link" },
	{ METHOD_GET, "/api/auth/verify-email", open_link,
	    .flags = ROUTE_MAILED, .params = verify_params,
	    .summary =
		"Redirect an emailed link to its page, or verify or change "
		"an address",
	    .returns = "{status:boolean,user:User?}" },
	{ METHOD_POST, "/api/auth/verify-email", verify_email, SESSION_NONE,
	    ROUTE_PLAIN, .params = verify_params,
	    .summary =
		"Verify or change an address, from the page of an emailed "
		"link",
	    .returns = "{status:boolean,user:User?}" },
	{ .action = NULL },
};

const struct module email_verification_module = { .name = "email_verification",
	.routes = routes };

static const char done[] = "{\"status\":true}";

/* Finds the user for the link. Sets *user_id to NULL if no link is needed. */
static enum problem_code
find_user(struct request *rq, const char *email, const char **user_id)
{
	struct db_step step = identity_verification_begin(rq->arena,
	    .token_hash = session_hash(rq), .email = email,
	    .address = rq->headers.address, .limited = rq->config->rate_limit);
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) == PROBLEM_NONE)
		*user_id = db_text(&step, 0, 0);
	return err;
}

/*
 * Emails a link. Performs the same work if there is no user: see mail_if() in
 * SQL.
 */
static enum problem_code
mail_link(struct request *rq, struct mailed_link link)
{
	struct db_step step;

	if (link.user_id == NULL)
		link.user_id = token_new(rq->arena);
	step = identity_mail_verification(rq->arena, .user_id = link.user_id,
	    .email = link.email, .link = mailed_link(rq, &link),
	    .language = request_language(rq));
	step.answer = true;
	return session_write(rq, &step, 1);
}

static enum problem_code
send_link(struct request *rq, struct response *rs)
{
	struct mailed_link link = { .user_id = NULL };
	struct json_object *body;
	enum problem_code err;
	struct db_step kept;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	link.email = json_get_text(body, "email");
	link.callback = json_get_text(body, "callbackURL");
	if (kept.result == NULL) {
		if ((err = find_user(rq, link.email, &link.user_id)) !=
			PROBLEM_NONE ||
		    (err = mail_link(rq, link)) != PROBLEM_NONE)
			return err;
	}
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

/* Verifies a link's signature and reads its content. */
static enum problem_code
read_link(struct request *rq, struct mailed_link *link)
{
	const char *token = param_text(rq, "token");
	struct json_object *claims;

	if (token == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.token] Invalid input: expected string, received "
		    "undefined");
	switch (jwt_verify(
	    rq->arena, rq->config->secrets, token, time(NULL), &claims)) {
	case JWT_EXPIRED:
		return request_fail_better_auth(rq, "TOKEN_EXPIRED");
	case JWT_FORGED:
		return request_fail_better_auth(rq, "INVALID_TOKEN");
	default:
		break;
	}
	*link = (struct mailed_link){
		.user_id = json_get_text(claims, "userId"),
		.email = json_get_text(claims, "email"),
		.update_to = json_get_text(claims, "updateTo"),
		.request_type = json_get_text(claims, "requestType"),
		.callback = param_text(rq, "callbackURL"),
	};
	/* A link is valid only for its purpose. */
	if (link->email == NULL || !address_public(link->email) ||
	    (link->update_to == NULL) != (link->request_type == NULL) ||
	    (link->update_to != NULL && !address_public(link->update_to)))
		return request_fail_better_auth(rq, "INVALID_TOKEN");
	return PROBLEM_NONE;
}

/* Redirects to the callback URL, or responds with JSON. */
static void
answer_verified(struct request *rq, struct response *rs, const char *callback,
    const char *body)
{
	if (callback != NULL && *callback != '\0')
		response_redirect(rs, rq, callback);
	else
		response_json(rs, 200, body, strlen(body));
}

static enum problem_code
verify_address(
    struct request *rq, struct response *rs, const struct mailed_link *link)
{
	const char *token = token_new(rq->arena), *session;
	struct db_step step =
	    identity_verify_email(rq->arena, .user_id = link->user_id,
		.email = link->email, .caller_hash = session_hash(rq),
		.signed_up = mailed_link_kept_user(rq),
		.may_enter = rq->config->require_verification,
		.session_id = token_new(rq->arena),
		.token_hash = token_hash(rq->arena, token),
		.address = rq->headers.address, .user_agent = request_agent(rq),
		.language = request_language(rq));
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_verified(
	    rq, rs, link->callback, "{\"status\":true,\"user\":null}");
	session = db_text(&step, 0, 0);
	if (session != NULL)
		response_session(rs, rq, token,
		    strcmp(session, "new") == 0 || rq->remembered);
	return PROBLEM_NONE;
}

/*
 * Emails a link to the new address after the current address has confirmed the
 * change.
 */
static enum problem_code
confirm_change(
    struct request *rq, struct response *rs, const struct mailed_link *link)
{
	struct mailed_link next = *link;
	struct db_step step;
	enum problem_code err;

	next.request_type = CHANGE_VERIFICATION;
	step = identity_confirm_change(rq->arena, .user_id = link->user_id,
	    .email = link->email, .new_email = link->update_to,
	    .caller_hash = session_hash(rq), .link = mailed_link(rq, &next),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit);
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_verified(rq, rs, link->callback, done);
	return PROBLEM_NONE;
}

/*
 * Opens no session, because a link that changes an address does not sign the
 * user in.
 */
static enum problem_code
change_address(
    struct request *rq, struct response *rs, const struct mailed_link *link)
{
	struct db_step step = identity_change_email(rq->arena,
	    .user_id = link->user_id, .email = link->email,
	    .new_email = link->update_to, .caller_hash = session_hash(rq),
	    .language = request_language(rq));
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_verified(rq, rs, link->callback,
	    arena_printf(rq->arena, "{\"status\":true,\"user\":%s}",
		db_text(&step, 0, 0)));
	response_session(rs, rq, rq->token, rq->remembered);
	return PROBLEM_NONE;
}

static enum problem_code
follow_link(struct request *rq, struct response *rs)
{
	struct mailed_link link;
	enum problem_code err;

	if ((err = read_link(rq, &link)) != PROBLEM_NONE)
		return err;
	if (link.request_type == NULL)
		return verify_address(rq, rs, &link);
	if (strcmp(link.request_type, CHANGE_CONFIRMATION) == 0)
		return confirm_change(rq, rs, &link);
	if (strcmp(link.request_type, CHANGE_VERIFICATION) == 0)
		return change_address(rq, rs, &link);
	return request_fail_better_auth(rq, "INVALID_TOKEN");
}

static void
answer_stale(struct request *rq, struct response *rs, const char *code)
{
	const char *why = strcmp(code, "INVALID_USER") != 0 ? NULL
	    : strcmp(request_language(rq), "fr") == 0
	    ? "Connectez-vous dans ce navigateur au compte qui change "
	      "d’adresse, puis ouvrez de nouveau le lien."
	    : "In this browser, sign in to the account whose address changes, "
	      "and open the link again.";

	mailed_link_answer_stale(rs, rq, why);
}

/* Redirects to the callback URL with the error, or explains the error. */
static enum problem_code
answer_refusal(struct request *rq, struct response *rs, enum problem_code err)
{
	const char *callback = param_text(rq, "callbackURL"), *code;

	if (err != PROBLEM_BETTER_AUTH)
		return err;
	code = better_auth_code(rq->arena, &rq->problem);
	if (mailed_link_unexplained(rq, callback))
		answer_stale(rq, rs, code);
	else if (callback == NULL || *callback == '\0')
		return err;
	else
		response_redirect(
		    rs, rq, url_with(rq->arena, callback, "error", code));
	return PROBLEM_NONE;
}

static enum problem_code
verify_email(struct request *rq, struct response *rs)
{
	return answer_refusal(rq, rs, follow_link(rq, rs));
}

/*
 * Returns the question above the page's button, with the addresses in the link.
 */
static const char *
question(struct request *rq, const struct mailed_link *link, bool french)
{
	if (link->update_to == NULL)
		return arena_printf(rq->arena,
		    french ? "L’adresse %s est-elle la vôtre ?"
			   : "Is the address %s yours?",
		    link->email);
	return arena_printf(rq->arena,
	    french ? "Remplacer l’adresse %s de votre compte par %s ?"
		   : "Replace the address %s of your account with %s?",
	    link->email, link->update_to);
}

/*
 * Responds with the page for the emailed link. Nothing is read or written yet.
 */
static enum problem_code
confirm_link(struct request *rq, struct response *rs)
{
	bool french = strcmp(request_language(rq), "fr") == 0;
	struct mailed_link link;
	enum problem_code err = read_link(rq, &link);

	if (err != PROBLEM_NONE)
		return answer_refusal(rq, rs, err);
	html_page_respond(rs, rq, 200,
	    &(struct html_page){
		.title = french ? "Confirmer l’adresse" : "Confirm the address",
		.text = question(rq, &link, french),
		.action = arena_printf(
		    rq->arena, "/api/auth/verify-email?%s", rq->headers.query),
		.button = french ? "Confirmer" : "Confirm" });
	return PROBLEM_NONE;
}

/*
 * Opens a link. A browser gets the page. For any other client, the GET request
 * itself follows the link.
 */
static enum problem_code
open_link(struct request *rq, struct response *rs)
{
	return html_page_wanted(rq) ? confirm_link(rq, rs)
				    : verify_email(rq, rs);
}
