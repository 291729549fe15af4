/* The errors of Better Auth 1.7, which schema/refusals/better_auth.sql describes. */

#include <ctype.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/problem.h"
#include "lib/base/refusal.h"

#define CODE_MAX 100

/*
 * Lists only what differs from the refusal with the same code. A NULL message
 * means that the refusal's message is sent.
 */
static const struct better_auth_error errors[] = {
	{ "AUTHENTICATION_FAILED/UNFIT", 400, NULL, SEND_CODE_AND_MESSAGE },
	{ "EMAIL_IS_THE_SAME", 400, "Email is the same", OMIT_CODE },
	{ "FAILED_TO_GET_USER_INFO/DELETION", 404, NULL,
	    SEND_CODE_AND_MESSAGE },
	{ "FIELD_NOT_ALLOWED", 400, NULL, PREPEND_SUBJECT },
	{ "INVALID_OTP_TYPE", 400, "Invalid OTP type", OMIT_CODE },
	{ "INVALID_TOKEN/DELETION", 404, NULL, SEND_CODE_AND_MESSAGE },
	{ "INVALID_TOKEN/RESET", 400, NULL, SEND_CODE_AND_MESSAGE },
	{ "INVITATIONS_OF_ANOTHER", 400,
	    "User email cannot be passed for client side API calls.",
	    OMIT_CODE },
	{ "INVITATION_NOT_FOUND/REJECT", 400, "Invitation not found!",
	    SEND_CODE_AND_MESSAGE },
	{ "NOT_IMPERSONATING", 400, "You are not impersonating anyone",
	    OMIT_CODE },
	{ "NO_ADMIN_SESSION", 400, "Failed to find admin session", OMIT_CODE },
	{ "NO_FIELDS_TO_UPDATE", 400, "No fields to update", OMIT_CODE },
	{ "NO_PERMISSIONS_PASSED", 400,
	    "invalid permission check. no permission(s) were passed.",
	    OMIT_CODE },
	{ "OAUTH_LINK_ERROR", 401, NULL, SUBJECT_AND_CODE },
	{ "ORGANIZATION_ID_REQUIRED/LIST", 400, "Organization ID is required",
	    OMIT_CODE },
	{ "ORIGIN_MISSING", 400, "origin missing", OMIT_CODE },
	{ "OTP_NOT_CONFIGURED", 400, NULL, SUBJECT_AND_CODE },
	{ "PASSKEY_NOT_FOUND/SIGN_IN", 401, NULL, SEND_CODE_AND_MESSAGE },
	{ "PASSKEY_OF_ANOTHER", 401, NULL, OMIT_CODE },
	{ "PROVIDER_NOT_SUPPORTED", 400, NULL, SUBJECT_AND_CODE },
	{ "ROLE_NOT_FOUND/MEMBER", 400, NULL, SUBJECT_AND_CODE },
	{ "URL_NOT_TEXT", 400, NULL, SUBJECT_ALONE },
	{ "USER_EXISTS", 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", ALIAS },
	{ "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400", 400, NULL,
	    SEND_CODE_AND_MESSAGE },
	{ "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/401", 401, NULL,
	    SEND_CODE_AND_MESSAGE },
	{ "USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400", 400, NULL,
	    SEND_CODE_AND_MESSAGE },
	{ "USER_NOT_FOUND/CODE", 400, NULL, SEND_CODE_AND_MESSAGE },
	{ "USER_NOT_FOUND/LINK", 401, NULL, SEND_CODE_AND_MESSAGE },
	{ "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION/BARE", 403, NULL,
	    OMIT_CODE },
};

/*
 * Returns the refusal for a code, or NULL. Ignores the suffix and the subject.
 */
static const struct refusal *
describe(const char *code)
{
	char name[CODE_MAX];
	size_t len = strcspn(code, "/:");

	if (len >= sizeof name || !isupper((unsigned char)*code))
		return NULL;
	memcpy(name, code, len);
	name[len] = '\0';
	return refusal_find(name);
}

bool
better_auth_error(const char *code, struct better_auth_error *error)
{
	size_t len = strcspn(code, ":"), i;
	const struct refusal *r = describe(code);

	for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strncmp(errors[i].code, code, len) == 0 &&
		    errors[i].code[len] == '\0') {
			*error = errors[i];
			if (error->message == NULL && r != NULL)
				error->message = r->en;
			return true;
		}
	if (r == NULL || memchr(code, '/', len) != NULL)
		return false;
	*error = (struct better_auth_error){ r->code, r->status, r->en,
		SEND_CODE_AND_MESSAGE };
	return true;
}

const char *
better_auth_error_text(struct arena *a, const char *raised, const char **code)
{
	const char *subject = strchr(raised, ':');
	struct better_auth_error error;

	*code = NULL;
	if (!better_auth_error(raised, &error))
		return NULL;
	if (error.format == ALIAS)
		return better_auth_error_text(a, error.message, code);
	if (subject != NULL && error.format == SUBJECT_ALONE)
		return subject + 2;
	if (subject != NULL && error.format == SEND_CODE_AND_MESSAGE)
		return raised; /* unchanged: "ROLE_NOT_FOUND: chief" */
	if (error.format != OMIT_CODE)
		*code = arena_strndup(a, error.code, strcspn(error.code, "/"));
	if (subject != NULL && error.format == SUBJECT_AND_CODE)
		return subject + 2;
	return subject != NULL
	    ? arena_printf(a, "%s %s", subject + 2, error.message)
	    : error.message;
}

void
better_auth_error_translate(struct arena *a, struct problem *p)
{
	struct better_auth_error error;
	const char *code;

	if (p->code != PROBLEM_BETTER_AUTH)
		return;
	p->detail = better_auth_error_text(a, p->better_auth, &code);
	if (p->detail == NULL || !better_auth_error(p->better_auth, &error))
		p->code = PROBLEM_INTERNAL;
	else if (error.status == 401)
		p->code = PROBLEM_UNAUTHENTICATED;
	else
		p->code =
		    error.status == 403 ? PROBLEM_FORBIDDEN : PROBLEM_INVALID;
	p->better_auth = code;
}
