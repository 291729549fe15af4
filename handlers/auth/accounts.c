/* Accounts at other providers: list, unlink, and read their tokens. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/oauth.h"
#include "fcgi/oidc/provider.h"
#include "fcgi/oidc/userinfo.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "schema/identity/account.h"

static action_fn list_accounts, unlink_account, get_token, refresh_token,
    get_account_info;

static const struct body_field unlink_body[] = {
	{ "accountId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field choice_body[] = {
	{ "accountId", BODY_STRING, 0 },
	{ "useAccountCookie", BODY_BOOLEAN, 0 },
	{ "userId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param info_params[] = {
	{ "accountId", PARAM_TEXT, "the ID of an account of the caller", NULL },
	{ "useAccountCookie", PARAM_TEXT,
	    "not supported; without accountId, the response is 400", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/list-accounts", list_accounts, SESSION_USER,
	    .summary = "List the caller's accounts: password and providers",
	    .returns =
		"[{accountId:string,providerId:string,userId:string,createdAt:"
		"time,updatedAt:time,id:string,scopes:[string]}]" },
	{ METHOD_POST, "/api/auth/unlink-account", unlink_account,
	    SESSION_FRESH, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = unlink_body, .summary = "Unlink an account",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/get-access-token", get_token, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401 | ROUTE_FETCHES |
		ROUTE_NO_IMPERSONATION,
	    .body = choice_body,
	    .summary = "Get a valid access token of an account",
	    .returns = "{accessToken:string,accessTokenExpiresAt?:time,scopes:["
		       "string],idToken?:string}" },
	{ METHOD_POST, "/api/auth/refresh-token", refresh_token, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401 | ROUTE_FETCHES |
		ROUTE_NO_IMPERSONATION,
	    .body = choice_body, .summary = "Refresh the tokens of an account",
	    .returns =
		"{accessToken:string,refreshToken:string?,accessTokenExpiresAt:"
		"time?,refreshTokenExpiresAt:time?,scope:string?,idToken:"
		"string?,providerId:string,accountId:string}" },
	{ METHOD_GET, "/api/auth/account-info", get_account_info, SESSION_USER,
	    ROUTE_BARE_401 | ROUTE_FETCHES, .params = info_params,
	    .summary = "Get the provider's information about an account",
	    .returns = "{user:{emailVerified:boolean,email:string?,name?:"
		       "string,image?:string},data:object,account:{id:string,"
		       "providerId:string,accountId:string}}" },
	{ .action = NULL },
};

const struct module accounts_module = { .name = "accounts", .routes = routes };

/*
 * An account of the caller, with its decrypted tokens, or NULL for missing
 * tokens.
 */
struct account {
	const char *id; /* id of the row */
	struct provider *provider;
	const char *subject;
	const char *access_token;
	const char *refresh_token;
	const char *id_token;
	const char *access_expires; /* time in Better Auth's format, or NULL */
	const char *refresh_expires;
	const char *scope;
	bool stale; /* the access token is about to expire */
};

static enum problem_code
list_accounts(struct request *rq, struct response *rs)
{
	struct db_step step = identity_list_accounts(rq->arena);
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
unlink_account(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = identity_unlink_account(
	    rq->arena, .row_id = json_get_text(body, "accountId"));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const char *
open_token(struct request *rq, const char *sealed)
{
	return sealed != NULL
	    ? secretbox_open(rq->arena, rq->config->secrets, sealed)
	    : NULL;
}

/* Reads the caller's account with this id. */
static enum problem_code
find_account(struct request *rq, const char *id, struct account *a)
{
	struct db_step step = identity_find_account(rq->arena, .row_id = id);
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	*a = (struct account){ .id = id,
		.provider = provider_find(
		    rq->providers, db_text(&step, 0, FIND_ACCOUNT_PROVIDER)),
		.subject = db_text(&step, 0, FIND_ACCOUNT_SUBJECT),
		.access_token = open_token(
		    rq, db_text(&step, 0, FIND_ACCOUNT_ACCESS_TOKEN)),
		.refresh_token = open_token(
		    rq, db_text(&step, 0, FIND_ACCOUNT_REFRESH_TOKEN)),
		.id_token =
		    open_token(rq, db_text(&step, 0, FIND_ACCOUNT_ID_TOKEN)),
		.access_expires =
		    db_text(&step, 0, FIND_ACCOUNT_ACCESS_EXPIRES),
		.refresh_expires =
		    db_text(&step, 0, FIND_ACCOUNT_REFRESH_EXPIRES),
		.scope = db_text(&step, 0, FIND_ACCOUNT_SCOPE),
		.stale = db_bool(&step, 0, FIND_ACCOUNT_STALE) };
	if (a->provider == NULL)
		return request_fail_better_auth(rq,
		    arena_printf(rq->arena,
			"PROVIDER_NOT_SUPPORTED: Provider %s is not supported.",
			db_text(&step, 0, 0)));
	return PROBLEM_NONE;
}

/*
 * Selects the account for a request. Account cookies are not supported, and
 * userId is ignored, because the session defines the user.
 */
static enum problem_code
choose_account(struct request *rq, struct json_object *body, struct account *a)
{
	const char *id = json_get_text(body, "accountId");
	bool by_cookie = json_get_bool(body, "useAccountCookie", false);

	json_object_object_foreach(body, name, value)
	{
		(void)value;
		if (strcmp(name, "accountId") != 0 &&
		    strcmp(name, "userId") != 0 &&
		    strcmp(name, "useAccountCookie") != 0)
			return request_fail(
			    rq, PROBLEM_INVALID, "[body] Invalid input");
	}
	if ((id != NULL) == by_cookie)
		return request_fail(
		    rq, PROBLEM_INVALID, "[body] Invalid input");
	if (by_cookie)
		return session_refuse(rq, "ACCOUNT_NOT_FOUND");
	return find_account(rq, id, a);
}

/*
 * Gets new tokens, stores them and reads them again. A refresh token can often
 * be used only once. If a different request has already used it, this request
 * uses the tokens that the other request stored.
 */
static enum problem_code
refresh_tokens(struct request *rq, struct account *a, const char *failure)
{
	const char *used = a->refresh_token;
	struct db_step step;
	struct oauth_tokens grant;
	enum problem_code err;
	bool done;

	done = oauth_refresh(rq, a->provider, used, &grant);
	if (done) {
		step = identity_refresh_account(rq->arena, .row_id = a->id,
		    .tokens = oauth_tokens_json(rq, &grant));
		if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
			return err;
	}
	if ((err = find_account(rq, a->id, a)) != PROBLEM_NONE)
		return err;
	if (!done &&
	    (a->refresh_token == NULL || strcmp(used, a->refresh_token) == 0))
		return request_fail_better_auth(rq, failure);
	return PROBLEM_NONE;
}

/* Renews the account's access token if it is about to expire. */
static enum problem_code
make_fresh(struct request *rq, struct account *a)
{
	if (!a->stale || a->refresh_token == NULL)
		return PROBLEM_NONE;
	return refresh_tokens(rq, a, "FAILED_TO_GET_ACCESS_TOKEN");
}

static void
put_text(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, ",\"%s\":", name);
	if (text != NULL)
		buf_json(b, text);
	else
		buf_puts(b, "null");
}

static void
put_scopes(struct buf *b, const char *s)
{
	const char *comma = "";
	size_t len;

	buf_puts(b, ",\"scopes\":[");
	for (; s != NULL && *s != '\0'; s += len + (s[len] == ',')) {
		len = strcspn(s, ",");
		buf_puts(b, comma);
		buf_json(b, arena_strndup(b->arena, s, len));
		comma = ",";
	}
	buf_puts(b, "]");
}

static enum problem_code
get_token(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct account a;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = choose_account(rq, body, &a)) != PROBLEM_NONE ||
	    (err = make_fresh(rq, &a)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"accessToken\":");
	buf_json(&b, a.access_token != NULL ? a.access_token : "");
	if (a.access_expires != NULL)
		put_text(&b, "accessTokenExpiresAt", a.access_expires);
	put_scopes(&b, a.scope);
	if (a.id_token != NULL)
		put_text(&b, "idToken", a.id_token);
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
refresh_token(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct account a;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = choose_account(rq, body, &a)) != PROBLEM_NONE)
		return err;
	if (a.refresh_token == NULL)
		return request_fail_better_auth(rq, "REFRESH_TOKEN_NOT_FOUND");
	if ((err = refresh_tokens(rq, &a, "FAILED_TO_REFRESH_ACCESS_TOKEN")) !=
	    PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"accessToken\":");
	buf_json(&b, a.access_token != NULL ? a.access_token : "");
	put_text(&b, "refreshToken", a.refresh_token);
	put_text(&b, "accessTokenExpiresAt", a.access_expires);
	put_text(&b, "refreshTokenExpiresAt", a.refresh_expires);
	put_text(&b, "scope", a.scope);
	put_text(&b, "idToken", a.id_token);
	put_text(&b, "providerId", a.provider->id);
	put_text(&b, "accountId", a.id);
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/*
 * Writes the provider's userinfo with the members that Better Auth's client
 * reads.
 */
static void
answer_profile(struct request *rq, struct response *rs, const struct account *a,
    const struct userinfo *who)
{
	const char *raw = json_text(who->raw);
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"user\":{\"emailVerified\":%s",
	    who->verified ? "true" : "false");
	put_text(&b, "email", who->email);
	if (who->name != NULL)
		put_text(&b, "name", who->name);
	if (who->image != NULL)
		put_text(&b, "image", who->image);
	buf_puts(&b, "},\"data\":");
	buf_write(&b, raw, strlen(raw) - 1);
	buf_printf(&b, "%s\"emailVerified\":%s},\"account\":{\"id\":",
	    strlen(raw) > 2 ? "," : "", who->verified ? "true" : "false");
	buf_json(&b, a->id);
	put_text(&b, "providerId", a->provider->id);
	put_text(&b, "accountId", a->subject);
	buf_puts(&b, "}}");
	response_json(rs, 200, b.data, b.len);
}

static enum problem_code
get_account_info(struct request *rq, struct response *rs)
{
	const char *id = param_text(rq, "accountId");
	struct db_step none = { .result = NULL };
	enum problem_code err;
	struct userinfo who;
	struct account a;

	if (id == NULL && param_text(rq, "useAccountCookie") != NULL)
		return session_refuse(rq, "ACCOUNT_NOT_FOUND");
	if (id == NULL) {
		err = session_read(rq, &none, 0);
		return err != PROBLEM_NONE ? err
					   : request_fail(rq, PROBLEM_INVALID,
						 "[query] Invalid input");
	}
	if ((err = find_account(rq, id, &a)) != PROBLEM_NONE) {
		if (err == PROBLEM_BETTER_AUTH &&
		    strncmp(rq->problem.better_auth, "PROVIDER_NOT_SUPPORTED",
			22) == 0)
			return request_fail_better_auth(
			    rq, "PROVIDER_NOT_CONFIGURED");
		return err;
	}
	if ((err = make_fresh(rq, &a)) != PROBLEM_NONE)
		return err;
	if (a.access_token == NULL)
		return request_fail_better_auth(rq, "ACCESS_TOKEN_NOT_FOUND");
	if (!userinfo_fetch(rq, a.provider, a.access_token, &who))
		return request_fail_better_auth(rq, "FAILED_TO_GET_USER_INFO");
	answer_profile(rq, rs, &a, &who);
	return PROBLEM_NONE;
}
