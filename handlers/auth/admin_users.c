/* Admin plugin: list, read, create and update users. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/admin.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/admin.h"

static action_fn list_users, get_user, create_user, update_user;

/* A user's members that an operator can write, except the role. */
static const struct {
	const char *name;
	json_type type;
	const char *wanted;
	bool nullable;
	bool known; /* the user must already exist */
} members[] = {
	{ "name", json_type_string, "string", false, true },
	{ "email", json_type_string, "string", false, true },
	{ "emailVerified", json_type_boolean, "boolean", false, false },
	{ "image", json_type_string, "string", true, false },
	{ "banned", json_type_boolean, "boolean", true, false },
	{ "banReason", json_type_string, "string", true, false },
	{ "banExpires", json_type_string, "string", true, false },
};

static const struct body_field create_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "password", BODY_STRING, 0 },
	{ "name", BODY_STRING, BODY_REQUIRED },
	{ "role", BODY_ROLE, 0 },
	{ "data", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ "data", BODY_RECORD, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	{ "searchValue", PARAM_TEXT, "the text to search for", NULL },
	{ "searchField", PARAM_TEXT, "the field to search (default: email)",
	    PARAM_WORDS("email", "name") },
	{ "searchOperator", PARAM_TEXT, "the comparison (default: contains)",
	    PARAM_WORDS("contains", "starts_with", "ends_with") },
	BETTER_AUTH_LIST_PARAMS,
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	{ "id", PARAM_TEXT, "the ID of a user", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/admin/list-users", list_users, SESSION_USER,
	    ROUTE_BARE_401, .params = list_params,
	    .summary = "List the users of the installation",
	    .returns =
		"{users:[User],total:integer,limit?:integer,offset?:integer}" },
	{ METHOD_GET, "/api/auth/admin/get-user", get_user, SESSION_USER,
	    ROUTE_BARE_401, .params = get_params, .summary = "Get a user",
	    .returns = "User" },
	{ METHOD_POST, "/api/auth/admin/create-user", create_user, SESSION_USER,
	    ROUTE_HASHES | ROUTE_BODY | ROUTE_BARE_401, .body = create_body,
	    .takes = "{data:{name?:string,email?:string,emailVerified?:boolean,"
		     "image?:string?,role?:string|[string],banned?:boolean?,"
		     "banReason?:string?,banExpires?:time?}}",
	    .summary = "Create a user", .returns = "{user:User}" },
	{ METHOD_POST, "/api/auth/admin/update-user", update_user, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401, .body = update_body,
	    .takes = "{data:{name?:string,email?:string,emailVerified?:boolean,"
		     "image?:string?,role?:string|[string],banned?:boolean?,"
		     "banReason?:string?,banExpires?:time?}}",
	    .summary = "Update a user", .returns = "User" },
	{ .action = NULL },
};

const struct module admin_users_module = {
	.name = "admin_users",
	.routes = routes,
};

#define LIMIT     100
#define LIMIT_MAX 1000

/* Treats zero and invalid numbers as missing, as Better Auth does. */
static long
page_number(struct request *rq, const char *name)
{
	const char *text = param_text(rq, name);

	if (text == NULL || !param_is_whole(text, PARAM_INTEGER))
		return 0;
	return strtol(text, NULL, 10);
}

static enum problem_code
list_step(struct request *rq, struct db_step *step, long limit, long offset)
{
	const char *field, *search, *operator, * direction;
	enum problem_code err;

	if ((err = param_word(rq, "searchField", &field)) != PROBLEM_NONE ||
	    (err = param_word(rq, "searchOperator", &search)) != PROBLEM_NONE ||
	    (err = param_word(rq, "filterOperator", &operator)) !=
		PROBLEM_NONE ||
	    (err = param_word(rq, "sortDirection", &direction)) != PROBLEM_NONE)
		return err;
	*step = identity_admin_list_users(rq->arena,
	    .search_value = param_text(rq, "searchValue"),
	    .search_field = field, .search_operator = search,
	    .filter_field = param_text(rq, "filterField"),
	    .filter_operator = operator,
	    .filter_values = param_list(rq, "filterValue"),
	    .sort_by = param_text(rq, "sortBy"), .sort_direction = direction,
	    .user_limit =
		arena_printf(rq->arena, "%ld", limit > 0 ? limit : LIMIT),
	    .user_offset = arena_printf(rq->arena, "%ld", offset));
	return PROBLEM_NONE;
}

static enum problem_code
list_users(struct request *rq, struct response *rs)
{
	long limit = page_number(rq, "limit");
	long offset = page_number(rq, "offset");
	enum problem_code err;
	struct db_step step;
	struct buf b;

	if (limit > LIMIT_MAX)
		limit = LIMIT_MAX;
	if ((err = list_step(rq, &step, limit, offset)) != PROBLEM_NONE ||
	    (err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"users\":%s,\"total\":%s",
	    db_text(&step, 0, ADMIN_LIST_USERS_USERS),
	    db_text(&step, 0, ADMIN_LIST_USERS_TOTAL));
	if (limit > 0)
		buf_printf(&b, ",\"limit\":%ld", limit);
	if (offset > 0)
		buf_printf(&b, ",\"offset\":%ld", offset);
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
get_user(struct request *rq, struct response *rs)
{
	const char *id = param_text(rq, "id");

	if (id == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.id] Invalid input: expected string, received "
		    "undefined");
	return answer_read(
	    rq, rs, identity_admin_get_user(rq->arena, .uid = id));
}

#define NMEMBERS (sizeof members / sizeof members[0])

/* Reads these members of data and checks their types. Ignores other members. */
static enum problem_code
read_data(struct request *rq, struct json_object *data, bool known,
    struct json_object **patch)
{
	struct json_object *value;
	bool present;
	size_t i;

	json_own(rq->arena, *patch = json_object_new_object());
	for (i = 0; i < NMEMBERS; i++) {
		value = json_get(data, members[i].name, &present);
		if (!present || (members[i].known && !known))
			continue;
		if (!json_object_is_type(value, members[i].type) &&
		    !(value == NULL && members[i].nullable))
			return request_fail(rq, PROBLEM_INVALID,
			    "[body.data.%s] Invalid input: expected %s",
			    members[i].name, members[i].wanted);
		json_share(*patch, members[i].name, value);
	}
	return PROBLEM_NONE;
}

/*
 * Checks the role in data, which must be a string or a list of strings. Returns
 * the Better Auth code of its flaw, or NULL if the role is valid or missing.
 */
static const char *
data_role_flaw(struct json_object *data)
{
	struct json_object *role;
	bool present;
	size_t i;

	role = json_get(data, "role", &present);
	if (!present || json_object_is_type(role, json_type_string))
		return NULL;
	if (!json_object_is_type(role, json_type_array))
		return "INVALID_ROLE_TYPE";
	for (i = 0; i < json_object_array_length(role); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(role, i), json_type_string))
			return "INVALID_ROLE_TYPE";
	return NULL;
}

static enum problem_code
create_begin(struct request *rq, const char *email)
{
	struct db_step step =
	    identity_admin_create_begin(rq->arena, .email = email);

	return session_read(rq, &step, 1);
}

static enum problem_code
create_write(struct request *rq, struct json_object *body,
    struct json_object *data, struct json_object *more, struct db_step *user)
{
	const char *password = json_get_text(body, "password");
	const char *roles = body_roles(rq, body, "role");

	if (roles == NULL)
		roles = body_roles(rq, data, "role");
	*user = identity_admin_create_user(rq->arena,
	    .user_id = token_new(rq->arena),
	    .email = json_get_text(body, "email"),
	    .name = json_get_text(body, "name"), .roles = roles,
	    .more = json_text(more),
	    .password = password != NULL && *password != '\0'
		? password_hash(rq->arena, password, strlen(password))
		: NULL);
	user->answer = true;
	return session_write(rq, user, 1);
}

static const char *
create_flaw(struct json_object *body, struct json_object *data)
{
	const char *password = json_get_text(body, "password");

	if (data_role_flaw(data) != NULL)
		return data_role_flaw(data);
	if (!address_public(json_get_text(body, "email")))
		return "INVALID_EMAIL";
	return password != NULL && *password != '\0'
	    ? password_flaw(password, strlen(password))
	    : NULL;
}

static enum problem_code
create_user(struct request *rq, struct response *rs)
{
	struct json_object *body, *data, *more;
	enum problem_code err;
	struct db_step user;
	const char *flaw;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	data = json_get(body, "data", &present);
	if ((err = read_data(rq, data, false, &more)) != PROBLEM_NONE)
		return err;
	if ((flaw = create_flaw(body, data)) != NULL)
		return admin_refuse(
		    rq, "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS", flaw);
	if ((err = session_kept(rq, &user)) != PROBLEM_NONE)
		return err;
	if (user.result == NULL &&
	    ((err = create_begin(rq, json_get_text(body, "email"))) !=
		    PROBLEM_NONE ||
		(err = create_write(rq, body, data, more, &user)) !=
		    PROBLEM_NONE))
		return err;
	return response_row(rq, rs, 200, &user);
}

static const char *
update_flaw(struct json_object *data, struct json_object *patch)
{
	bool id, password, role, factor;

	(void)json_get(data, "id", &id);
	(void)json_get(data, "password", &password);
	(void)json_get(data, "role", &role);
	(void)json_get(data, "twoFactorEnabled", &factor);
	if (password)
		return "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER";
	if (id)
		return "USER_ID_CANNOT_BE_UPDATED";
	if (factor) /* enabling the second factor requires a secret */
		return "FIELD_NOT_ALLOWED: twoFactorEnabled";
	if (data_role_flaw(data) != NULL)
		return data_role_flaw(data);
	if (json_get_text(patch, "email") != NULL &&
	    !address_public(json_get_text(patch, "email")))
		return "INVALID_EMAIL";
	return json_object_object_length(patch) == 0 && !role
	    ? "NO_DATA_TO_UPDATE"
	    : NULL;
}

static enum problem_code
update_user(struct request *rq, struct response *rs)
{
	const char *flaw;
	struct json_object *body, *data, *patch;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	data = json_get(body, "data", &present);
	if ((err = read_data(rq, data, true, &patch)) != PROBLEM_NONE)
		return err;
	if ((flaw = update_flaw(data, patch)) != NULL)
		return admin_refuse(
		    rq, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS", flaw);
	return admin_run(rq, rs,
	    identity_admin_update_user(rq->arena,
		.uid = json_get_text(body, "userId"), .patch = json_text(patch),
		.roles = body_roles(rq, data, "role")),
	    NULL);
}
