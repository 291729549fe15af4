#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "json.h"
#include "request.h"
#include "wire.h"

#define BANNED                                                                 \
	"You have been banned from this application. Please contact support "  \
	"if you believe this is an error."

/* Codes as Better Auth 1.7 names them; a NULL code is not sent. */
static const struct {
	const char *code;
	int status;
	const char *message;
	bool message_only;
} errors[] = {
	{ "ALREADY_SIGNED_OUT", 400, "Already signed out", false },
	{ "BANNED_USER", 403, BANNED, false },
	{ "BODY_MUST_BE_AN_OBJECT", 400, "Body must be an object", false },
	{ "CREDENTIAL_ACCOUNT_NOT_FOUND", 400, "Credential account not found",
	    false },
	{ "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", 403,
	    "Cross-site navigation login blocked. This request appears to be "
	    "a CSRF attack.",
	    false },
	{ "EMAIL_CAN_NOT_BE_UPDATED", 400, "Email can not be updated", false },
	{ "EMAIL_PASSWORD_SIGN_UP_DISABLED", 400,
	    "Email and password sign up is not enabled", false },
	{ "INVALID_CALLBACK_URL", 403, "Invalid callbackURL", false },
	{ "INVALID_EMAIL", 400, "Invalid email", false },
	{ "INVALID_EMAIL_OR_PASSWORD", 401, "Invalid email or password",
	    false },
	{ "INVALID_ERROR_CALLBACK_URL", 403, "Invalid errorCallbackURL",
	    false },
	{ "INVALID_NEW_USER_CALLBACK_URL", 403, "Invalid newUserCallbackURL",
	    false },
	{ "INVALID_ORIGIN", 403, "Invalid origin", false },
	{ "INVALID_PASSWORD", 400, "Invalid password", false },
	{ "INVALID_REDIRECT_URL", 403, "Invalid redirectURL", false },
	{ "INVITATION_LIMIT_REACHED", 403, "Invitation limit reached", false },
	{ "INVITATION_NOT_FOUND", 400, "Invitation not found", false },
	{ "MEMBER_NOT_FOUND", 400, "Member not found", false },
	{ "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", 405,
	    "POST method requires deferSessionRefresh to be enabled in "
	    "session config",
	    false },
	{ "MISSING_OR_NULL_ORIGIN", 403, "Missing or null Origin", false },
	{ "NO_ACTIVE_ORGANIZATION", 400, "No active organization", false },
	{ "NO_FIELDS_TO_UPDATE", 400, "No fields to update", true },
	{ "ORGANIZATION_ALREADY_EXISTS", 400, "Organization already exists",
	    false },
	{ "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED", 403,
	    "Organization membership limit reached", false },
	{ "ORGANIZATION_NOT_FOUND", 400, "Organization not found", false },
	{ "PASSWORD_TOO_LONG", 400, "Password too long", false },
	{ "PASSWORD_TOO_SHORT", 400, "Password too short", false },
	{ "ROLE_NOT_FOUND", 400, "Role not found", false },
	{ "SESSION_NOT_FRESH", 403, "Session is not fresh", false },
	{ "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", 422,
	    "User already exists. Use another email.", false },
	{ "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION", 400,
	    "User is already a member of this organization", false },
	{ "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION", 400,
	    "User is already invited to this organization", false },
	{ "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION", 403,
	    "User is not a member of the organization", false },
	{ "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION", 403,
	    "You are not allowed to create a new organization", false },
	{ "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION", 403,
	    "You are not allowed to invite users to this organization", false },
	{ "YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE", 403,
	    "You are not allowed to invite a user with this role", false },
	{ "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION", 403,
	    "You are not a member of this organization", false },
	{ "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION", 403,
	    "You are not the recipient of the invitation", false },
	{ "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS", 403,
	    "You have reached the maximum number of organizations", false },
};

/* Codes of the problems that any route can have. */
static const char *const codes[PROBLEM__MAX] = {
	[PROBLEM_MALFORMED] = "BAD_REQUEST",
	[PROBLEM_UNAUTHENTICATED] = "UNAUTHORIZED",
	[PROBLEM_FORBIDDEN] = "FORBIDDEN",
	[PROBLEM_CONFLICT] = "CONFLICT",
	[PROBLEM_RUNNING] = "CONFLICT",
	[PROBLEM_TOO_LARGE] = "PAYLOAD_TOO_LARGE",
	[PROBLEM_MEDIA_TYPE] = "UNSUPPORTED_MEDIA_TYPE",
	[PROBLEM_INVALID] = "VALIDATION_ERROR",
	[PROBLEM_UNAVAILABLE] = "SERVICE_UNAVAILABLE",
	[PROBLEM_BUSY] = "SERVICE_UNAVAILABLE",
	[PROBLEM_TIMEOUT] = "SERVICE_UNAVAILABLE",
	[PROBLEM_UNKNOWN] = "SERVICE_UNAVAILABLE",
};

#define NERRORS (sizeof errors / sizeof errors[0])

/* Index of the code, NERRORS when it is not in the table. */
static size_t
find(const char *code)
{
	size_t len = strcspn(code, ":"), i;

	for (i = 0; i < NERRORS; i++)
		if (strncmp(errors[i].code, code, len) == 0 &&
		    errors[i].code[len] == '\0')
			break;
	return i;
}

bool
wire_known(const char *code)
{
	return find(code) < NERRORS;
}

const char *
wire_cookie(const struct config *config, const char *name)
{
	static const struct {
		const char *name, *plain, *secure;
	} cookies[] = {
		{ "session_token", "better-auth.session_token",
		    "__Secure-better-auth.session_token" },
		{ "session_data", "better-auth.session_data",
		    "__Secure-better-auth.session_data" },
		{ "dont_remember", "better-auth.dont_remember",
		    "__Secure-better-auth.dont_remember" },
	};
	size_t i = 0;

	while (strcmp(cookies[i].name, name) != 0)
		i++;
	return config_secure(config) ? cookies[i].secure : cookies[i].plain;
}

int
wire_status(const struct problem *p)
{
	size_t i;

	if (p->code == PROBLEM_WIRE)
		return (i = find(p->wire)) < NERRORS ? errors[i].status : 500;
	if (p->code == PROBLEM_METHOD) /* as an unknown path, on this wire */
		return 404;
	return p->code == PROBLEM_INVALID ? 400 : problem_status(p->code);
}

const char *
wire_json(struct arena *a, const struct problem *p)
{
	const char *message = p->detail, *code = codes[p->code];
	struct buf b;
	size_t i;

	if (p->code == PROBLEM_NOT_FOUND || p->code == PROBLEM_METHOD ||
	    p->code == PROBLEM_INTERNAL)
		return NULL;
	if (p->code == PROBLEM_UNAUTHENTICATED)
		message = "Unauthorized";
	if (p->code == PROBLEM_WIRE) {
		if ((i = find(p->wire)) == NERRORS)
			return NULL;
		message = p->wire[strlen(errors[i].code)] == ':'
		    ? p->wire /* "ROLE_NOT_FOUND: chief" tells which */
		    : errors[i].message;
		code = errors[i].message_only ? NULL : errors[i].code;
	}
	if (message == NULL)
		message = problem_title(p->code);
	buf_init(&b, a);
	buf_puts(&b, "{\"message\":");
	buf_json(&b, message);
	if (code != NULL)
		buf_printf(&b, ",\"code\":\"%s\"", code);
	buf_puts(&b, "}");
	return b.data;
}

bool
wire_email(const char *s)
{
	const char *at = strrchr(s, '@'), *dot, *p;

	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.@", *p) == NULL)
			return false;
	if (at == NULL || at == s || strchr(s, '@') != at || p - s > 254 ||
	    at - s > 64 || *s == '.' || at[-1] == '.' ||
	    strstr(s, "..") != NULL)
		return false;
	dot = strrchr(at, '.');
	if (dot == NULL || dot == at + 1 || strlen(dot + 1) < 2)
		return false;
	for (p = at + 1; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return false;
	return true;
}

static const char *
type_name(struct json_object *value, bool present)
{
	if (!present)
		return "undefined";
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "boolean";
	case json_type_double:
	case json_type_int:
		return "number";
	case json_type_object:
		return "object";
	case json_type_array:
		return "array";
	default:
		return "string";
	}
}

static bool
role_fits(struct json_object *value)
{
	size_t i;

	if (json_object_is_type(value, json_type_string))
		return true;
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(value); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(value, i), json_type_string))
			return false;
	return true;
}

/* The complaint about one member, or NULL. */
static const char *
complaint(struct arena *a, const struct wire_field *f,
    struct json_object *value, bool present)
{
	const char *got = type_name(value, present), *want = "string";
	bool fits = strcmp(got, "string") == 0;

	if (!present && !f->required)
		return NULL;
	if (f->type == WIRE_ROLE)
		return role_fits(value) ? NULL : "Invalid input";
	if (f->type == WIRE_STRING_OR_NULL && strcmp(got, "null") == 0)
		return NULL;
	if (f->type == WIRE_BOOLEAN)
		fits = strcmp(got, want = "boolean") == 0;
	else if (f->type == WIRE_NUMBER)
		fits = strcmp(got, want = "number") == 0;
	else if (f->type == WIRE_RECORD)
		fits = strcmp(got, "object") == 0, want = "record";
	if (!fits)
		return arena_printf(
		    a, "Invalid input: expected %s, received %s", want, got);
	if (f->type == WIRE_EMAIL && !wire_email(json_object_get_string(value)))
		return "Invalid email address";
	if (f->filled && *json_object_get_string(value) == '\0')
		return "Too small: expected string to have >=1 characters";
	return NULL;
}

enum problem_code
wire_body(struct request *rq, const struct wire_field *fields,
    struct json_object **body)
{
	struct json_error error;
	struct json_object *value;
	const char *text;
	bool present;
	struct buf b;

	*body = json_parse(rq->arena, rq->body, rq->body_len, &error);
	if (rq->body_len > 0 && error.what != NULL)
		return request_fail(
		    rq, PROBLEM_MALFORMED, "Invalid JSON in request body");
	if (!json_object_is_type(*body, json_type_object))
		return request_fail(rq, PROBLEM_INVALID,
		    "[body] Invalid input: expected object, received %s",
		    type_name(*body, rq->body_len > 0));
	buf_init(&b, rq->arena);
	for (; fields->name != NULL; fields++) {
		value = json_get(*body, fields->name, &present);
		text = complaint(rq->arena, fields, value, present);
		if (text != NULL)
			buf_printf(&b, "%s[body.%s] %s", b.len > 0 ? "; " : "",
			    fields->name, text);
	}
	if (b.len > 0)
		return request_fail(rq, PROBLEM_INVALID, "%s", b.data);
	return PROBLEM_NONE;
}
