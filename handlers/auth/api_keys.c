/* API keys: create, read, list, update, rotate and delete. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/api_key.h"
#include "schema/identity/service_account.h"

#define AT "/api/auth/api-key/"

static action_fn create_key, rotate_key, get_key, list_keys, update_key,
    set_limit, delete_key;

/* SQL checks the members that can be numbers or null. */
static const struct body_field create_body[] = {
	{ "name", BODY_STRING, 0 },
	{ "prefix", BODY_STRING, 0 },
	{ "organizationId", BODY_STRING, 0 },
	{ "publishable", BODY_BOOLEAN, 0 },
	{ "rateLimitEnabled", BODY_BOOLEAN, 0 },
	{ "logBodies", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

/* Routes below /api/ list all members. SQL checks their types. */
static const struct body_field service_body[] = {
	{ "name", BODY_STRING, 0 },
	{ "prefix", BODY_STRING, 0 },
	{ "publishable", BODY_BOOLEAN, 0 },
	{ "permissions", BODY_PERMISSION, 0 },
	{ "addresses", BODY_STRINGS, 0 },
	{ "expiresIn", BODY_NUMBER, 0 },
	{ "metadata", BODY_RECORD, 0 },
	{ "remaining", BODY_NUMBER, 0 },
	{ "refillAmount", BODY_NUMBER, 0 },
	{ "refillInterval", BODY_NUMBER, 0 },
	{ "rateLimitMax", BODY_NUMBER, 0 },
	{ "rateLimitTimeWindow", BODY_NUMBER, 0 },
	{ "logBodies", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "keyId", BODY_STRING, BODY_REQUIRED },
	{ "name", BODY_STRING, 0 },
	{ "enabled", BODY_BOOLEAN, 0 },
	{ "rateLimitEnabled", BODY_BOOLEAN, 0 },
	{ "logBodies", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field rotate_body[] = {
	{ "keyId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "keyId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field limit_body[] = {
	{ "id", BODY_STRING, BODY_REQUIRED },
	{ "requests", BODY_WHOLE, BODY_REQUIRED },
	{ "seconds", BODY_WHOLE, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	{ "id", PARAM_TEXT, "the ID of a key", NULL },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	{ "organizationId", PARAM_TEXT,
	    "the ID of an organization (default: the keys of the "
	    "caller)",
	    NULL },
	{ "limit", PARAM_WHOLE, "the maximum number of keys", NULL },
	{ "offset", PARAM_WHOLE, "the number of keys to skip", NULL },
	{ "sortBy", PARAM_TEXT, "the member to sort by", NULL },
	{ "sortDirection", PARAM_TEXT, "asc or desc", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "create", create_key, SESSION_FRESH,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = create_body,
	    .summary = "Create an API key", .returns = "ApiKey" },
	{ METHOD_GET, AT "get", get_key, SESSION_USER, .params = get_params,
	    .summary = "Get an API key, without its secret",
	    .returns = "ApiKey" },
	{ METHOD_GET, AT "list", list_keys, SESSION_USER, .params = list_params,
	    .summary = "List the API keys of the caller or of an organization",
	    .returns = "{apiKeys:[ApiKey],total:integer,limit?:integer,offset?:"
		       "integer}" },
	{ METHOD_POST, AT "update", update_key, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = update_body,
	    .summary = "Update an API key", .returns = "ApiKey" },
	{ METHOD_POST, AT "rotate", rotate_key, SESSION_FRESH,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = rotate_body,
	    .summary = "Rotate the secret of an API key", .returns = "ApiKey" },
	{ METHOD_POST, AT "delete", delete_key, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = delete_body,
	    .summary = "Delete an API key", .returns = "Success" },
	{ METHOD_POST, "/api/service_accounts/{id}/keys", create_key,
	    SESSION_FRESH, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = service_body,
	    .summary = "Create an API key for a service account",
	    .returns = "ApiKey" },
	{ METHOD_PUT, "/api/api_keys/limit", set_limit, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = limit_body,
	    .summary =
		"Set the rate limit of an API key, as an administrator of "
		"its organization",
	    .returns = "ApiKey" },
	{ .action = NULL },
};

const struct module api_keys_module = { .name = "api_keys", .routes = routes };

/* The default prefix for keys, which secret scanners look for. */
#define PREFIX "tenantry_"

/*
 * The number of a key's characters that lists show. If the prefix takes all of
 * them, lists show START_MORE characters after the prefix.
 */
#define START_LEN 6

#define START_MORE 4

/*
 * Refuses a key for a different owner, because the session alone defines the
 * owner.
 */
static enum problem_code
check_owner(struct request *rq, struct json_object *body)
{
	bool named;

	(void)json_get(body, "userId", &named);
	return named ? session_refuse(rq, "UNAUTHORIZED_SESSION")
		     : PROBLEM_NONE;
}

static enum problem_code
check_prefix(struct request *rq, const char *prefix, bool publishable)
{
	size_t len = strlen(prefix);

	if (publishable ||
	    strncmp(prefix, CALLER_PUBLISHABLE, strlen(CALLER_PUBLISHABLE)) ==
		0)
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.prefix] Invalid input: publishable keys, and no "
		    "others, have the prefix " CALLER_PUBLISHABLE);
	if (strspn(prefix,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.prefix] Invalid prefix format, must be "
		    "alphanumeric and contain only underscores and hyphens.");
	if (len < 1 || len > 32)
		return session_refuse(rq, "INVALID_PREFIX_LENGTH");
	return PROBLEM_NONE;
}

/*
 * Returns true for a resource whose permission a request can require: see
 * session.c.
 */
static bool
is_required(const struct router *router, const char *name, size_t len)
{
	static const char *const others[] = { "*", "crm", "mcp",
		"weekly_mail" };
	const char *s;
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strncmp(others[i], name, len) == 0 &&
		    others[i][len] == '\0')
			return true;
	for (i = 0; i < router->nroutes; i++) {
		s = router->routes[i].pattern;
		if (strncmp(s, "/api/", 5) != 0 ||
		    strncmp(s, "/api/auth/", 10) == 0)
			continue;
		s += strncmp(s, "/api/crm/", 9) == 0 ? 9 : 5;
		if (strcspn(s, "/") == len && strncmp(s, name, len) == 0)
			return true;
	}
	return false;
}

/*
 * Checks the resource names against the routes. The database checks everything
 * else.
 */
static enum problem_code
check_permissions(struct request *rq, struct json_object *body)
{
	bool present;
	struct json_object *given = json_get(body, "permissions", &present);
	const char *resource;
	size_t len;

	if (!json_object_is_type(given, json_type_object))
		return PROBLEM_NONE;
	json_object_object_foreach(given, name, value)
	{
		(void)value;
		len = strcspn(name, ".");
		resource = arena_strndup(rq->arena, name, len);
		if (is_required(rq->router, name, len) ||
		    resource_is_object(resource))
			continue;
		if (better_auth_path(rq))
			return request_fail(rq, PROBLEM_INVALID,
			    "[body.permissions] Invalid input: there is no "
			    "resource %.64s",
			    name);
		(void)nearest_resource(rq,
		    arena_printf(rq->arena, "permissions.%.64s", name),
		    resource);
	}
	return rq->problem.code;
}

/*
 * Creates a key, which is two tokens long. A retry with the same
 * Idempotency-Key gets the same key.
 */
static const char *
new_key(struct request *rq, const char *prefix)
{
	return arena_printf(rq->arena, "%s%s%s", prefix,
	    session_new_token(rq, "api key"),
	    session_new_token(rq, "api key, second half"));
}

/* Returns the beginning of a key, which lists show. */
static const char *
start_of(struct request *rq, const char *prefix, const char *key)
{
	size_t len = strlen(prefix);

	return arena_strndup(
	    rq->arena, key, len < START_LEN ? START_LEN : len + START_MORE);
}

/* Responds with the key. Only this function sends the key itself. */
static enum problem_code
answer_key(struct request *rq, struct response *rs, const char *key,
    struct db_step *step)
{
	enum problem_code err;
	struct buf b;

	step->answer = true;
	if ((err = session_write(rq, step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"key\":\"%s\",%s", key, db_text(step, 0, 0) + 1);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/* Reads the body for a new key, and the key's prefix. */
static enum problem_code
read_new_key(struct request *rq, struct json_object **body, const char **prefix)
{
	enum problem_code err;
	bool publishable;

	if ((err = body_read(rq, body)) != PROBLEM_NONE ||
	    (err = check_owner(rq, *body)) != PROBLEM_NONE ||
	    (err = check_permissions(rq, *body)) != PROBLEM_NONE)
		return err;
	publishable = json_get_bool(*body, "publishable", false);
	*prefix = json_get_text(*body, "prefix");
	if (*prefix != NULL)
		return check_prefix(rq, *prefix, publishable);
	*prefix = publishable ? CALLER_PUBLISHABLE : PREFIX;
	return PROBLEM_NONE;
}

/*
 * Converts a problem in Better Auth's format, such as "[body.remaining] Invalid
 * input: ...", to the format of routes outside /api/auth, which has a code and
 * a member.
 */
static enum problem_code
name_member(struct request *rq, enum problem_code err)
{
	static const char begin[] = "[body.", invalid[] = "Invalid input: ";
	const char *said = rq->problem.detail, *end;

	if (err != PROBLEM_INVALID || rq->problem.refusal != NULL ||
	    better_auth_path(rq) || said == NULL ||
	    strncmp(said, begin, strlen(begin)) != 0 ||
	    (end = strstr(said, "] ")) == NULL)
		return err;
	said += strlen(begin);
	said = arena_strndup(rq->arena, said, (size_t)(end - said));
	end += strlen("] ");
	if (strncmp(end, invalid, strlen(invalid)) == 0)
		end += strlen(invalid);
	return request_refuse(rq, "key_member_invalid", said, end);
}

/*
 * Creates a key for the caller, or for the service account whose ID is in the
 * path.
 */
static enum problem_code
create_key(struct request *rq, struct response *rs)
{
	const char *prefix, *key, *key_id, *hash, *start;
	struct json_object *body;
	enum problem_code err;
	struct db_step step;

	if ((err = read_new_key(rq, &body, &prefix)) != PROBLEM_NONE)
		return name_member(rq, err);
	key = new_key(rq, prefix);
	key_id = token_new(rq->arena);
	hash = token_hash(rq->arena, key);
	start = start_of(rq, prefix, key);
	if (rq->id == NULL)
		step = identity_create_api_key(rq->arena, .key_id = key_id,
		    .key_hash = hash, .start = start, .body = json_text(body));
	else
		step = identity_create_service_key(rq->arena,
		    .account_id = rq->id, .key_id = key_id, .key_hash = hash,
		    .start = start, .body = json_text(body));
	return name_member(rq, answer_key(rq, rs, key, &step));
}

/* Finds the prefix of a key that the caller may see, or "". */
static enum problem_code
find_prefix(struct request *rq, const char *key_id, const char **prefix)
{
	struct db_step step = identity_get_api_key(rq->arena, .key_id = key_id);
	struct json_error error;
	enum problem_code err;
	const char *text;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	text = db_text(&step, 0, 0);
	*prefix = json_get_text(
	    json_parse(rq->arena, text, strlen(text), &error), "prefix");
	if (*prefix == NULL)
		*prefix = "";
	return PROBLEM_NONE;
}

static enum problem_code
rotate_key(struct request *rq, struct response *rs)
{
	const char *key_id, *prefix, *key;
	struct json_object *body;
	enum problem_code err;
	struct db_step step;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = check_owner(rq, body)) != PROBLEM_NONE)
		return err;
	key_id = json_get_text(body, "keyId");
	if ((err = find_prefix(rq, key_id, &prefix)) != PROBLEM_NONE)
		return err;
	key = new_key(rq, prefix);
	step = identity_rotate_api_key(rq->arena, .key_id = key_id,
	    .key_hash = token_hash(rq->arena, key),
	    .start = start_of(rq, prefix, key), .body = json_text(body));
	return answer_key(rq, rs, key, &step);
}

static enum problem_code
get_key(struct request *rq, struct response *rs)
{
	const char *id = param_text(rq, "id");

	if (id == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.id] Invalid input: expected string, received "
		    "undefined");
	return answer_read(
	    rq, rs, identity_get_api_key(rq->arena, .key_id = id));
}

static enum problem_code
list_keys(struct request *rq, struct response *rs)
{
	static const char *const numbers[] = { "limit", "offset" };
	size_t i;

	for (i = 0; i < 2; i++)
		if (!param_is_whole(param_text(rq, numbers[i]), PARAM_INTEGER))
			return request_fail(rq, PROBLEM_INVALID,
			    "[query.%s] Invalid input: expected number, "
			    "received NaN",
			    numbers[i]);
	return answer_read(rq, rs,
	    identity_list_api_keys(rq->arena,
		.organization_id = param_text(rq, "organizationId"),
		.most = param_text(rq, "limit"),
		.after = param_text(rq, "offset"),
		.sort_by = param_text(rq, "sortBy"),
		.sort_direction = param_text(rq, "sortDirection")));
}

static enum problem_code
update_key(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = check_owner(rq, body)) != PROBLEM_NONE ||
	    (err = check_permissions(rq, body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_update_api_key(rq->arena,
		.key_id = json_get_text(body, "keyId"),
		.body = json_text(body)));
}

static enum problem_code
set_limit(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	err = answer_write(
	    rq, rs, identity_set_key_limit(rq->arena, .body = json_text(body)));
	return name_member(rq, err);
}

static enum problem_code
delete_key(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_delete_api_key(
		rq->arena, .key_id = json_get_text(body, "keyId")));
}
