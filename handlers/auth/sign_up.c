/* Sign-up with an email address and a password. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/provider.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/sign_up.h"

static action_fn auth_sign_up, crm_sign_up, init_state;

static const struct body_field auth_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED },
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "password", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "image", BODY_STRING, 0 },
	{ "callbackURL", BODY_STRING, 0 },
	{ "rememberMe", BODY_BOOLEAN, 0 },
	{ "inviteToken", BODY_STRING, BODY_SECRET },
	{ .name = NULL },
};

static const struct body_field crm_body[] = {
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ "first_name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "last_name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "invite_token", BODY_STRING, BODY_SECRET },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-up/email", auth_sign_up, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_HASHES | ROUTE_BODY | ROUTE_FORM,
	    .body = auth_body, .summary = "Sign up with a password",
	    .returns = "SignedIn" },
	{ METHOD_POST, "/api/signup", crm_sign_up, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_HASHES | ROUTE_BODY, .status = 201,
	    .body = crm_body,
	    .summary =
		"Sign up as the first user, with an open sign-up, or with "
		"an invitation",
	    .returns = "{id:string,email:string,token?:string?}" },
	{ METHOD_GET, "/api/init_state", init_state,
	    .summary =
		"Check whether a user exists, and list the identity providers",
	    .returns = "{is_initialized:boolean,demo:boolean,open:boolean,"
		       "domains?:[string],providers:[{id:string,name:string,"
		       "sign_up:boolean}]}" },
	{ .action = NULL },
};

const struct module sign_up_module = { .name = "sign_up", .routes = routes };

#define NAMES_MAX 240

/* A new user, from either of the two sign-up routes. */
struct newcomer {
	const char *name;
	const char *first_name; /* NULL: derived from name */
	const char *last_name;
	const char *email;
	const char *image;
	const char *password;
	const char *invite;   /* token of the invitation, or NULL */
	const char *callback; /* callback URL of the emailed link, or NULL */
	bool remember;
	bool founds; /* creates an organization if there is no invitation */
};

static const char *
invite_hash(struct request *rq, const struct newcomer *who)
{
	return who->invite != NULL ? token_hash(rq->arena, who->invite) : NULL;
}

/* Counts the attempt and checks the permission before a password is hashed. */
static enum problem_code
check_sign_up(struct request *rq, const struct newcomer *who)
{
	struct db_step step = identity_sign_up_begin(rq->arena,
	    .email = who->email, .address = rq->headers.address,
	    .path = "/sign-up/email", .limited = rq->config->rate_limit,
	    .invite_hash = invite_hash(rq, who),
	    .open = config_admits(rq->config, who->email),
	    .quiet = rq->config->require_verification);

	return session_read(rq, &step, 1);
}

/*
 * Creates the user. The first user and an invited user also get a membership.
 */
static enum problem_code
create_user(struct request *rq, const struct newcomer *who, const char *token,
    struct db_step *user)
{
	*user = identity_sign_up(rq->arena, .user_id = token_new(rq->arena),
	    .name = who->name, .first_name = who->first_name,
	    .last_name = who->last_name, .email = who->email,
	    .image = who->image,
	    .password =
		password_hash(rq->arena, who->password, strlen(who->password)),
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .remember = who->remember, .address = rq->headers.address,
	    .user_agent = request_agent(rq),
	    .invite_hash = invite_hash(rq, who),
	    .open = config_admits(rq->config, who->email),
	    .founds = who->founds);
	user->answer = true;
	return session_write(rq, user, 1);
}

/*
 * Creates the user without a session, and emails a link that verifies the
 * address.
 */
static enum problem_code
finish_unverified(
    struct request *rq, const struct newcomer *who, struct db_step *user)
{
	const char *id = token_new(rq->arena);

	*user = identity_sign_up_unverified(rq->arena, .user_id = id,
	    .name = who->name, .first_name = who->first_name,
	    .last_name = who->last_name, .email = who->email,
	    .image = who->image,
	    .password =
		password_hash(rq->arena, who->password, strlen(who->password)),
	    .invite_hash = invite_hash(rq, who),
	    .open = config_admits(rq->config, who->email),
	    .link = mailed_link(rq,
		&(struct mailed_link){ .user_id = id,
		    .email = who->email,
		    .callback = who->callback }),
	    .language = request_language(rq), .founds = who->founds);
	user->answer = true;
	return session_write(rq, user, 1);
}

/*
 * Checks the sign-up like check_sign_up(). If the sign-up is refused because an
 * earlier attempt at the same request has succeeded in the meantime, finds the
 * result of that attempt.
 */
static enum problem_code
check_new(
    struct request *rq, const struct newcomer *who, struct db_step *answer)
{
	enum problem_code err = check_sign_up(rq, who);
	struct problem refusal = rq->problem;

	if (err == PROBLEM_NONE)
		return err;
	rq->problem = (struct problem){ 0 };
	if (session_kept(rq, answer) == PROBLEM_NONE && answer->result != NULL)
		return PROBLEM_NONE;
	rq->problem = refusal;
	return err;
}

/*
 * Signs up, or finds the result of an earlier attempt at the same request.
 * *token is NULL if the address must be verified first.
 */
static enum problem_code
sign_up(struct request *rq, const struct newcomer *who, const char **token,
    const char **user)
{
	bool unverified = rq->config->require_verification;
	enum problem_code err;
	struct db_step answer;

	*token = unverified ? NULL : session_new_token(rq, "session");
	if ((err = session_kept(rq, &answer)) != PROBLEM_NONE)
		return err;
	if (answer.result == NULL &&
	    (err = check_new(rq, who, &answer)) != PROBLEM_NONE)
		return err;
	if (answer.result == NULL) {
		err = unverified ? finish_unverified(rq, who, &answer)
				 : create_user(rq, who, *token, &answer);
		if (err != PROBLEM_NONE)
			return err;
	}
	*user = db_text(&answer, 0, 0);
	return PROBLEM_NONE;
}

/* Refuses members that only an administrator can set, unless they are empty. */
static enum problem_code
check_fields(struct request *rq, struct json_object *body)
{
	static const char *const fields[] = { "role", "banned", "banReason",
		"banExpires", "twoFactorEnabled", NULL };
	const char *const *f;
	bool present;

	for (f = fields; *f != NULL; f++)
		if (json_truthy(json_get(body, *f, &present)))
			return request_fail_better_auth(rq,
			    arena_printf(
				rq->arena, "FIELD_NOT_ALLOWED: %s", *f));
	return PROBLEM_NONE;
}

/* Writes null if the address must be verified first. */
static void
put_token(struct buf *b, const char *token)
{
	if (token != NULL)
		buf_printf(b, "\"%s\"", token);
	else
		buf_puts(b, "null");
}

static void
keep_user(struct request *rq, struct response *rs, const char *user)
{
	struct json_error error;
	struct json_object *o =
	    json_parse(rq->arena, user, strlen(user), &error);

	mailed_link_keep_user(rs, rq, json_get_text(o, "id"));
}

static enum problem_code
auth_sign_up(struct request *rq, struct response *rs)
{
	const char *token, *user, *flaw;
	struct json_object *body;
	enum problem_code err;
	struct newcomer who;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	who = (struct newcomer){ .name = json_get_text(body, "name"),
		.email = json_get_text(body, "email"),
		.image = json_get_text(body, "image"),
		.password = json_get_text(body, "password"),
		.invite = json_get_text(body, "inviteToken"),
		.callback = json_get_text(body, "callbackURL"),
		.remember = json_get_bool(body, "rememberMe", true) };
	flaw = password_flaw(who.password, strlen(who.password));
	if (flaw != NULL)
		return request_fail_better_auth(rq, flaw);
	if ((err = check_fields(rq, body)) != PROBLEM_NONE ||
	    (err = sign_up(rq, &who, &token, &user)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"token\":");
	put_token(&b, token);
	buf_printf(&b, ",\"user\":%s}", user);
	response_json(rs, 200, b.data, b.len);
	if (token != NULL)
		response_session(rs, rq, token, who.remember);
	else
		keep_user(rq, rs, user);
	return PROBLEM_NONE;
}

/*
 * Checks the names. Both of them, separated by a space, must fit into the
 * column name.
 */
static enum problem_code
check_names(struct request *rq, const struct newcomer *who)
{
	const char *const names[] = { who->first_name, who->last_name };
	static const char *const fields[] = { "first_name", "last_name" };
	size_t i;

	for (i = 0; i < 2; i++)
		if (password_length(names[i], strlen(names[i])) > NAMES_MAX)
			return request_refuse(rq, "too_many_characters",
			    fields[i], request_number(rq, NAMES_MAX));
	return PROBLEM_NONE;
}

/* Replaces Better Auth's texts with texts for a form. */
static enum problem_code
explain_refusal(struct request *rq, enum problem_code err, bool invited)
{
	const char *wire = rq->problem.better_auth;

	if (err != PROBLEM_BETTER_AUTH)
		return err;
	if (strcmp(wire, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL") == 0)
		return request_refuse(rq, "address_taken", "email");
	if (strcmp(wire, "EMAIL_PASSWORD_SIGN_UP_DISABLED") != 0)
		return err;
	return request_refuse(
	    rq, invited ? "invitation_not_yours" : "invitation_required");
}

static void
answer_session(struct request *rq, struct response *rs, const char *token,
    const char *user)
{
	struct json_error error;
	struct json_object *o =
	    json_parse(rq->arena, user, strlen(user), &error);
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"id\":");
	buf_json(&b, json_get_text(o, "id"));
	buf_puts(&b, ",\"email\":");
	buf_json(&b, json_get_text(o, "email"));
	buf_puts(&b, ",\"token\":");
	put_token(&b, token);
	buf_puts(&b, "}");
	response_json(rs, 201, b.data, b.len);
	if (token != NULL)
		response_session(rs, rq, token, true);
	else
		mailed_link_keep_user(rs, rq, json_get_text(o, "id"));
}

static enum problem_code
crm_sign_up(struct request *rq, struct response *rs)
{
	const char *token, *user, *flaw;
	struct json_object *body;
	enum problem_code err;
	struct newcomer who;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	who = (struct newcomer){
		.first_name = json_get_text(body, "first_name"),
		.last_name = json_get_text(body, "last_name"),
		.email = json_get_text(body, "email"),
		.password = json_get_text(body, "password"),
		.invite = json_get_text(body, "invite_token"),
		.remember = true,
		.founds =
		    rq->config->create_organization != CREATE_ORGANIZATION_OFF,
	};
	who.name =
	    arena_printf(rq->arena, "%s %s", who.first_name, who.last_name);
	flaw = password_flaw(who.password, strlen(who.password));
	if (flaw != NULL)
		return request_refuse(rq, password_advice(flaw), "password");
	if ((err = check_names(rq, &who)) != PROBLEM_NONE)
		return err;
	if ((err = sign_up(rq, &who, &token, &user)) != PROBLEM_NONE)
		return explain_refusal(rq, err, who.invite != NULL);
	answer_session(rq, rs, token, user);
	return PROBLEM_NONE;
}

/*
 * Lists the configured providers, for a page's buttons. Nothing in the list is
 * secret.
 */
static const char *
providers_json(struct request *rq)
{
	const struct provider *p = rq->providers->list,
			      *end = p + rq->providers->n;
	const char *comma = "";
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	for (; p < end; p++) {
		buf_printf(&b, "%s{\"id\":\"%s\",\"name\":", comma, p->id);
		buf_json(&b, p->label);
		buf_printf(&b, ",\"sign_up\":%s}",
		    p->signup != SIGNUP_NO ? "true" : "false");
		comma = ",";
	}
	buf_puts(&b, "]");
	return b.data;
}

/*
 * Responds with facts for the sign-in page: whether a user other than the demo
 * user has signed up, whether there is a demo, whether later users may sign up
 * without an invitation, in which domains, and the providers.
 */
static enum problem_code
init_state(struct request *rq, struct response *rs)
{
	enum signup signup = rq->config->signup;
	struct db_step step = {
		.sql = SQL(
		    "SELECT (CASE WHEN $3::text = '' THEN json_build_object("
		    "'is_initialized', identity.init_state(), "
		    "'demo', identity.has_demo(), 'open', $1::boolean, "
		    "'providers', $2::json) ELSE json_build_object("
		    "'is_initialized', identity.init_state(), "
		    "'demo', identity.has_demo(), 'open', $1::boolean, "
		    "'domains', regexp_split_to_array("
		    "lower(btrim($3::text, ', ')), '[, ]+'), "
		    "'providers', $2::json) END)::text"),
		.params =
		    (const char *[]){ signup == SIGN_UP_INVITED ? "f" : "t",
			providers_json(rq),
			signup == SIGN_UP_DOMAINS ? rq->config->signup_domains
						  : "" },
		.nparams = 3,
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
