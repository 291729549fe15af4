/* Admin plugin: users' roles, bans, passwords and permissions. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/admin.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "schema/identity/admin.h"

#define AT    "/api/auth/admin/"
#define FLAGS (ROUTE_BODY | ROUTE_BARE_401)

static action_fn set_role, ban_user, unban_user, remove_user, set_password,
    has_permission;

static const struct body_field user_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field role_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ "role", BODY_ROLE, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field ban_body[] = {
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ "banReason", BODY_STRING, 0 },
	{ "banExpiresIn", BODY_NUMBER, 0 },
	{ .name = NULL },
};

static const struct body_field password_body[] = {
	{ "newPassword", BODY_STRING, BODY_REQUIRED },
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field permission_body[] = {
	{ "permissions", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "set-role", set_role, SESSION_USER, FLAGS,
	    .body = role_body, .summary = "Set the role of a user",
	    .returns = "{user:User}" },
	{ METHOD_POST, AT "ban-user", ban_user, SESSION_USER, FLAGS,
	    .body = ban_body, .summary = "Ban a user",
	    .returns = "{user:User}" },
	{ METHOD_POST, AT "unban-user", unban_user, SESSION_USER, FLAGS,
	    .body = user_body, .summary = "Unban a user",
	    .returns = "{user:User}" },
	{ METHOD_POST, "/api/auth/admin/set-user-password", set_password,
	    SESSION_USER, ROUTE_HASHES | FLAGS, .body = password_body,
	    .summary = "Set a user's password and end their sessions",
	    .returns = "Status" },
	{ METHOD_POST, AT "remove-user", remove_user, SESSION_USER, FLAGS,
	    .body = user_body, .summary = "Delete a user",
	    .returns = "Success" },
	{ METHOD_POST, AT "has-permission", has_permission, SESSION_USER, FLAGS,
	    .body = permission_body, .takes = "{permissions:{*:[string]}}",
	    .summary = "Check whether the caller has permissions",
	    .returns = "Permission" },
	{ .action = NULL },
};

const struct module admin_rights_module = {
	.name = "admin_rights",
	.routes = routes,
};

static enum problem_code
set_role(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return admin_run(rq, rs,
	    identity_admin_set_role(rq->arena,
		.uid = json_get_text(body, "userId"),
		.roles = body_roles(rq, body, "role")),
	    NULL);
}

static enum problem_code
ban_user(struct request *rq, struct response *rs)
{
	struct json_object *body, *seconds;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	seconds = json_get(body, "banExpiresIn", &present);
	return admin_run(rq, rs,
	    identity_admin_ban_user(rq->arena,
		.uid = json_get_text(body, "userId"),
		.reason = json_get_text(body, "banReason"),
		.seconds = present ? json_text(seconds) : NULL),
	    NULL);
}

static enum problem_code
unban_user(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return admin_run(rq, rs,
	    identity_admin_unban_user(
		rq->arena, .uid = json_get_text(body, "userId")),
	    NULL);
}

static enum problem_code
remove_user(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return admin_run(rq, rs,
	    identity_admin_remove_user(
		rq->arena, .uid = json_get_text(body, "userId")),
	    "{\"success\":true}");
}

/* Checks the caller's permission and the user before a password is hashed. */
static enum problem_code
password_begin(struct request *rq, const char *user)
{
	struct db_step step =
	    identity_admin_password_begin(rq->arena, .uid = user);

	return session_read(rq, &step, 1);
}

static enum problem_code
set_password(struct request *rq, struct response *rs)
{
	const char *user, *password, *flaw;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	password = json_get_text(body, "newPassword");
	if (*password == '\0')
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.newPassword] newPassword cannot be empty");
	if ((flaw = password_flaw(password, strlen(password))) != NULL)
		return admin_refuse(
		    rq, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD", flaw);
	user = json_get_text(body, "userId");
	if ((err = password_begin(rq, user)) != PROBLEM_NONE)
		return err;
	return admin_run(rq, rs,
	    identity_admin_set_password(rq->arena, .uid = user,
		.password =
		    password_hash(rq->arena, password, strlen(password)),
		.language = request_language(rq)),
	    "{\"status\":true}");
}

/* Checks an object that maps resources to lists of actions. */
static bool
are_permissions(struct json_object *value)
{
	size_t i;

	if (!json_object_is_type(value, json_type_object))
		return false;
	json_object_object_foreach(value, name, actions)
	{
		(void)name;
		if (!json_object_is_type(actions, json_type_array))
			return false;
		for (i = 0; i < json_object_array_length(actions); i++)
			if (!json_object_is_type(
				json_object_array_get_idx(actions, i),
				json_type_string))
				return false;
	}
	return true;
}

/* Answers only for the caller, and ignores the user in the body. */
static enum problem_code
has_permission(struct request *rq, struct response *rs)
{
	struct json_object *body, *asked, *former;
	bool present, deprecated;
	enum problem_code err;
	struct db_step step;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	asked = json_get(body, "permissions", &present);
	former = json_get(body, "permission", &deprecated);
	if (are_permissions(asked) && are_permissions(former))
		return request_fail(rq, PROBLEM_INVALID,
		    "[body] Invalid input: more than one option matched");
	if (!are_permissions(asked) && are_permissions(former))
		return request_fail_better_auth(rq, "NO_PERMISSIONS_PASSED");
	if (!are_permissions(asked))
		return request_fail(
		    rq, PROBLEM_INVALID, "[body] Invalid input");
	step = identity_admin_has_permission(
	    rq->arena, .permissions = json_text(asked));
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
