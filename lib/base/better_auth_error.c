/* Lists the errors of Better Auth 1.7: code, status and message of each. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/problem.h"

#define ERROR(code, status, message)                                           \
	{                                                                      \
#code, status, message, SEND_CODE_AND_MESSAGE                  \
	}

#define BANNED                                                                 \
	"You have been banned from this application. Please contact support "  \
	"if you believe this is an error."

static const struct better_auth_error errors[] = {
	ERROR(ACCESS_TOKEN_NOT_FOUND, 400, "Access token not found"),
	ERROR(ACCOUNT_NOT_FOUND, 400, "Account not found"),
	ERROR(ACCOUNT_TEMPORARILY_LOCKED, 429,
	    "Too many failed verification attempts. Your account is "
	    "temporarily locked. Please try again later."),
	ERROR(AUTHENTICATION_FAILED, 401, "Authentication failed"),
	{ "AUTHENTICATION_FAILED/UNFIT", 400, "Authentication failed",
	    SEND_CODE_AND_MESSAGE },
	ERROR(BACKUP_CODES_NOT_ENABLED, 400, "Backup codes aren't enabled"),
	ERROR(BANNED_USER, 403, BANNED),
	ERROR(CANNOT_DELETE_A_PRE_DEFINED_ROLE, 400,
	    "Cannot delete a pre-defined role"),
	ERROR(CHALLENGE_NOT_FOUND, 400, "Challenge not found"),
	ERROR(
	    CREDENTIAL_ACCOUNT_NOT_FOUND, 400, "Credential account not found"),
	ERROR(CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, 403,
	    "Cross-site navigation login blocked. This request appears to be "
	    "a CSRF attack."),
	ERROR(EMAIL_ALREADY_VERIFIED, 400, "Email is already verified"),
	ERROR(EMAIL_CAN_NOT_BE_UPDATED, 400, "Email can not be updated"),
	{ "EMAIL_IS_THE_SAME", 400, "Email is the same", OMIT_CODE },
	ERROR(EMAIL_MISMATCH, 400, "Email mismatch"),
	ERROR(EMAIL_NOT_VERIFIED, 403, "Email not verified"),
	ERROR(EMAIL_PASSWORD_SIGN_UP_DISABLED, 400,
	    "Email and password sign up is not enabled"),
	ERROR(
	    EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION,
	    403,
	    "Email verification required before accepting or rejecting "
	    "invitation"),
	ERROR(EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION, 403,
	    "Email verification required to view or list invitations for the "
	    "session email"),
	ERROR(EXPIRES_IN_IS_TOO_LARGE, 400,
	    "The expiresIn is larger than the predefined maximum value."),
	ERROR(EXPIRES_IN_IS_TOO_SMALL, 400,
	    "The expiresIn is smaller than the predefined minimum value."),
	ERROR(FAILED_TO_GET_ACCESS_TOKEN, 400,
	    "Failed to get a valid access token"),
	ERROR(FAILED_TO_GET_USER_INFO, 401, "Failed to get user info"),
	{ "FAILED_TO_GET_USER_INFO/DELETION", 404, "Failed to get user info",
	    SEND_CODE_AND_MESSAGE },
	ERROR(FAILED_TO_REFRESH_ACCESS_TOKEN, 400,
	    "Failed to refresh access token"),
	ERROR(FAILED_TO_UNLINK_LAST_ACCOUNT, 400,
	    "You can't unlink your last account"),
	ERROR(FAILED_TO_VERIFY_REGISTRATION, 400,
	    "Failed to verify registration"),
	{ "FIELD_NOT_ALLOWED", 400, "is not allowed to be set",
	    PREPEND_SUBJECT },
	ERROR(ID_TOKEN_NOT_SUPPORTED, 404, "id_token not supported"),
	ERROR(INVALID_BACKUP_CODE, 401, "Invalid backup code"),
	ERROR(INVALID_CALLBACK_URL, 403, "Invalid callbackURL"),
	ERROR(INVALID_CODE, 401, "Invalid code"),
	ERROR(INVALID_EMAIL, 400, "Invalid email"),
	ERROR(INVALID_EMAIL_OR_PASSWORD, 401, "Invalid email or password"),
	ERROR(INVALID_ERROR_CALLBACK_URL, 403, "Invalid errorCallbackURL"),
	ERROR(INVALID_METADATA_TYPE, 400,
	    "metadata must be an object or undefined"),
	ERROR(INVALID_NAME_LENGTH, 400,
	    "The name length is either too large or too small."),
	ERROR(INVALID_NEW_USER_CALLBACK_URL, 403, "Invalid newUserCallbackURL"),
	ERROR(INVALID_OAUTH_CONFIGURATION, 400, "Invalid OAuth configuration"),
	ERROR(INVALID_ORIGIN, 403, "Invalid origin"),
	ERROR(INVALID_OTP, 400, "Invalid OTP"),
	{ "INVALID_OTP_TYPE", 400, "Invalid OTP type", OMIT_CODE },
	ERROR(INVALID_PASSWORD, 400, "Invalid password"),
	ERROR(INVALID_PREFIX_LENGTH, 400,
	    "The prefix length is either too large or too small."),
	ERROR(INVALID_REDIRECT_URL, 403, "Invalid redirectURL"),
	ERROR(INVALID_RESOURCE, 400,
	    "The provided permission includes an invalid resource"),
	ERROR(INVALID_ROLE_TYPE, 400, "Invalid role type"),
	ERROR(INVALID_TEAM_ID, 400, "Team id contains a reserved character"),
	ERROR(INVALID_TOKEN, 401, "Invalid token"),
	{ "INVALID_TOKEN/DELETION", 404, "Invalid token",
	    SEND_CODE_AND_MESSAGE },
	{ "INVALID_TOKEN/RESET", 400, "Invalid token", SEND_CODE_AND_MESSAGE },
	ERROR(INVALID_TWO_FACTOR_COOKIE, 401, "Invalid two factor cookie"),
	ERROR(INVALID_USER, 401, "Invalid user"),
	{ "INVITATIONS_OF_ANOTHER", 400,
	    "User email cannot be passed for client side API calls.",
	    OMIT_CODE },
	ERROR(INVITATION_LIMIT_REACHED, 403, "Invitation limit reached"),
	ERROR(INVITATION_NOT_FOUND, 400, "Invitation not found"),
	{ "INVITATION_NOT_FOUND/REJECT", 400, "Invitation not found!",
	    SEND_CODE_AND_MESSAGE },
	ERROR(INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION, 400,
	    "Inviter is no longer a member of the organization"),
	ERROR(KEY_LIMIT_REACHED, 403, "You have too many API keys."),
	ERROR(KEY_NOT_FOUND, 404, "API Key not found"),
	ERROR(LINKING_DIFFERENT_EMAILS_NOT_ALLOWED, 401,
	    "Account not linked - different emails not allowed"),
	ERROR(LINKING_NOT_ALLOWED, 401,
	    "Account not linked - linking not allowed"),
	ERROR(MEMBER_NOT_FOUND, 400, "Member not found"),
	ERROR(METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED, 405,
	    "POST method requires deferSessionRefresh to be enabled in "
	    "session config"),
	ERROR(MISSING_OR_NULL_ORIGIN, 403, "Missing or null Origin"),
	ERROR(NOT_FOUND, 404, "Not found"),
	{ "NOT_IMPERSONATING", 400, "You are not impersonating anyone",
	    OMIT_CODE },
	ERROR(NOT_WHILE_IMPERSONATING, 403,
	    "This is not allowed while impersonating"),
	ERROR(NO_ACTIVE_ORGANIZATION, 400, "No active organization"),
	{ "NO_ADMIN_SESSION", 400, "Failed to find admin session", OMIT_CODE },
	ERROR(NO_DATA_TO_UPDATE, 400, "No data to update"),
	{ "NO_FIELDS_TO_UPDATE", 400, "No fields to update", OMIT_CODE },
	{ "NO_PERMISSIONS_PASSED", 400,
	    "invalid permission check. no permission(s) were passed.",
	    OMIT_CODE },
	ERROR(NO_VALUES_TO_UPDATE, 400, "No values to update."),
	{ "OAUTH_LINK_ERROR", 401, NULL, SUBJECT_AND_CODE },
	ERROR(ORGANIZATION_ALREADY_EXISTS, 400, "Organization already exists"),
	ERROR(ORGANIZATION_DELETION_DISABLED, 404,
	    "Organization deletion is disabled"),
	ERROR(ORGANIZATION_ID_REQUIRED, 400,
	    "Organization ID is required for organization-owned API keys."),
	{ "ORGANIZATION_ID_REQUIRED/LIST", 400, "Organization ID is required",
	    OMIT_CODE },
	ERROR(ORGANIZATION_MEMBERSHIP_LIMIT_REACHED, 403,
	    "Organization membership limit reached"),
	ERROR(ORGANIZATION_NOT_FOUND, 400, "Organization not found"),
	ERROR(ORGANIZATION_SLUG_ALREADY_TAKEN, 400,
	    "Organization slug already taken"),
	ERROR(ORGANIZATION_SUSPENDED, 403, "This organization is suspended"),
	{ "ORIGIN_MISSING", 400, "origin missing", OMIT_CODE },
	ERROR(OTP_EXPIRED, 400, "OTP expired"),
	ERROR(OTP_HAS_EXPIRED, 400, "OTP has expired"),
	{ "OTP_NOT_CONFIGURED", 400, "OTP is not available", SUBJECT_AND_CODE },
	ERROR(PASSKEY_LIMIT_REACHED, 403, "You have too many passkeys"),
	ERROR(PASSKEY_NOT_FOUND, 404, "Passkey not found"),
	{ "PASSKEY_NOT_FOUND/SIGN_IN", 401, "Passkey not found",
	    SEND_CODE_AND_MESSAGE },
	{ "PASSKEY_OF_ANOTHER", 401, NULL, OMIT_CODE },
	ERROR(PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER, 400,
	    "Password cannot be updated through update-user. Use the "
	    "set-user-password endpoint instead"),
	ERROR(PASSWORD_COMPROMISED, 400,
	    "The password you entered has been compromised. Please choose a "
	    "different password."),
	ERROR(PASSWORD_TOO_LONG, 400, "Password too long"),
	ERROR(PASSWORD_TOO_SHORT, 400, "Password too short"),
	ERROR(PREVIOUSLY_REGISTERED, 400, "Previously registered"),
	ERROR(PROVIDER_NOT_CONFIGURED, 400,
	    "Account is not associated with a configured social provider."),
	ERROR(PROVIDER_NOT_FOUND, 404, "Provider not found"),
	{ "PROVIDER_NOT_SUPPORTED", 400, NULL, SUBJECT_AND_CODE },
	ERROR(REFILL_AMOUNT_AND_INTERVAL_REQUIRED, 400,
	    "refillAmount is required when refillInterval is provided"),
	ERROR(REFILL_INTERVAL_AND_AMOUNT_REQUIRED, 400,
	    "refillInterval is required when refillAmount is provided"),
	ERROR(REFRESH_TOKEN_NOT_FOUND, 400, "Refresh token not found"),
	ERROR(ROLE_IS_ASSIGNED_TO_MEMBERS, 400,
	    "Cannot delete a role that is assigned to members. Please reassign "
	    "the members to a different role first"),
	ERROR(
	    ROLE_NAME_IS_ALREADY_TAKEN, 400, "That role name is already taken"),
	ERROR(ROLE_NOT_FOUND, 400, "Role not found"),
	{ "ROLE_NOT_FOUND/MEMBER", 400, "Role not found", SUBJECT_AND_CODE },
	ERROR(SERVER_ONLY_PROPERTY, 400,
	    "The property you're trying to set can only be set from the "
	    "server auth instance only."),
	ERROR(SESSION_EXPIRED, 400,
	    "Session expired. Re-authenticate to perform this action."),
	ERROR(SESSION_MIGRATED, 401,
	    "Your account has moved to another server, where you are not "
	    "signed in yet. Please sign in again."),
	ERROR(SESSION_NOT_FRESH, 403, "Session is not fresh"),
	ERROR(SOCIAL_ACCOUNT_ALREADY_LINKED, 409,
	    "Social account already linked"),
	ERROR(TEAM_CANNOT_BE_BELOW_ITSELF, 400,
	    "A team cannot be below itself or a team below it"),
	ERROR(TEAM_HIERARCHY_TOO_DEEP, 400,
	    "Teams can be below one another in at most eight levels"),
	ERROR(TEAM_NOT_FOUND, 400, "Team not found"),
	ERROR(TOKEN_EXPIRED, 401, "Token expired"),
	ERROR(TOO_MANY_ATTEMPTS, 403, "Too many attempts"),
	ERROR(TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE, 400,
	    "Too many attempts. Please request a new code."),
	ERROR(TOO_MANY_ROLES, 400, "This organization has too many roles"),
	ERROR(TOTP_ALREADY_ENABLED, 400, "TOTP is already enabled"),
	ERROR(TOTP_NOT_ENABLED, 400, "TOTP not enabled"),
	ERROR(TWO_FACTOR_NOT_ENABLED, 400, "Two factor isn't enabled"),
	ERROR(UNAUTHORIZED_SESSION, 401, "Unauthorized or invalid session"),
	{ "URL_NOT_TEXT", 400, NULL, SUBJECT_ALONE },
	ERROR(USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, 422,
	    "User already exists. Use another email."),
	ERROR(USER_EMAIL_NOT_FOUND, 401, "User email not found"),
	{ "USER_EXISTS", 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", ALIAS },
	ERROR(USER_ID_CANNOT_BE_UPDATED, 400, "User id cannot be updated"),
	ERROR(USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION, 400,
	    "User is already a member of this organization"),
	ERROR(USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION, 400,
	    "User is already invited to this organization"),
	ERROR(USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION, 403,
	    "User is not a member of the organization"),
	{ "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400", 400,
	    "User is not a member of the organization", SEND_CODE_AND_MESSAGE },
	{ "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/401", 401,
	    "User is not a member of the organization", SEND_CODE_AND_MESSAGE },
	ERROR(USER_IS_NOT_A_MEMBER_OF_THE_TEAM, 403,
	    "User is not a member of the team"),
	{ "USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400", 400,
	    "User is not a member of the team", SEND_CODE_AND_MESSAGE },
	ERROR(USER_NOT_FOUND, 404, "User not found"),
	{ "USER_NOT_FOUND/CODE", 400, "User not found", SEND_CODE_AND_MESSAGE },
	{ "USER_NOT_FOUND/LINK", 401, "User not found", SEND_CODE_AND_MESSAGE },
	ERROR(USER_NOT_MEMBER_OF_ORGANIZATION, 403,
	    "You are not a member of the organization that owns this API "
	    "key."),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION, 403,
	    "You are not allowed to access this organization as an owner"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_BAN_USERS, 403,
	    "You are not allowed to ban users"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION, 403,
	    "You are not allowed to cancel this invitation"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE, 403,
	    "You are not allowed to change users role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION, 403,
	    "You are not allowed to create a new organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER, 403,
	    "You are not allowed to create a new member"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE, 403,
	    "You are not allowed to create a role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION, 403,
	    "You are not allowed to create teams in this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS, 403,
	    "You are not allowed to create users"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE, 403,
	    "You are not allowed to delete a role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION, 403,
	    "You are not allowed to delete teams in this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER, 401,
	    "You are not allowed to delete this member"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION, 403,
	    "You are not allowed to delete this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM, 403,
	    "You are not allowed to delete this team"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS, 403,
	    "You are not allowed to delete users"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_GET_USER, 403,
	    "You are not allowed to get user"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS, 403,
	    "You are not allowed to impersonate users"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION, 403,
	    "You are not allowed to invite users to this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE, 403,
	    "You are not allowed to invite a user with this role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE, 403,
	    "You are not allowed to list a role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS, 403,
	    "You are not allowed to list invitations for this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_LIST_USERS, 403,
	    "You are not allowed to list users"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS, 403,
	    "You are not allowed to list users sessions"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_READ_A_ROLE, 403,
	    "You are not allowed to read a role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY, 401,
	    "You are not allowed to register this passkey"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER, 403,
	    "You are not allowed to remove a team member"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS, 403,
	    "You are not allowed to revoke users sessions"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE, 400,
	    "You are not allowed to set a non-existent role value"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD, 403,
	    "You are not allowed to set users password"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE, 403,
	    "You are not allowed to update a role"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER, 403,
	    "You are not allowed to update this member"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION, 403,
	    "You are not allowed to update this organization"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM, 403,
	    "You are not allowed to update this team"),
	ERROR(YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS, 403,
	    "You are not allowed to update users"),
	ERROR(YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION, 403,
	    "You are not a member of this organization"),
	{ "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION/BARE", 403,
	    "You are not a member of this organization", OMIT_CODE },
	ERROR(YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION, 403,
	    "You are not the recipient of the invitation"),
	ERROR(YOU_CANNOT_BAN_YOURSELF, 400, "You cannot ban yourself"),
	ERROR(YOU_CANNOT_IMPERSONATE_ADMINS, 403,
	    "You cannot impersonate admins"),
	ERROR(YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER, 400,
	    "You cannot leave the organization as the only owner"),
	ERROR(YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER, 400,
	    "You cannot leave the organization without an owner"),
	ERROR(YOU_CANNOT_REMOVE_YOURSELF, 400, "You cannot remove yourself"),
	ERROR(YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM, 400,
	    "You do not have an active team"),
	ERROR(YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS, 403,
	    "You have reached the maximum number of organizations"),
	ERROR(YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_TEAMS, 400,
	    "You have reached the maximum number of teams"),
	ERROR(YOU_MUST_BE_IN_AN_ORGANIZATION_TO_CREATE_A_ROLE, 400,
	    "You must be in an organization to create a role"),
};

const struct better_auth_error *
better_auth_error(const char *code)
{
	size_t len = strcspn(code, ":"), i;

	for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strncmp(errors[i].code, code, len) == 0 &&
		    errors[i].code[len] == '\0')
			return &errors[i];
	return NULL;
}

const char *
better_auth_error_text(struct arena *a, const char *raised, const char **code)
{
	const char *subject = strchr(raised, ':');
	const struct better_auth_error *error = better_auth_error(raised);

	*code = NULL;
	if (error == NULL)
		return NULL;
	if (error->format == ALIAS)
		return better_auth_error_text(a, error->message, code);
	if (subject != NULL && error->format == SUBJECT_ALONE)
		return subject + 2;
	if (subject != NULL && error->format == SEND_CODE_AND_MESSAGE)
		return raised; /* unchanged: "ROLE_NOT_FOUND: chief" */
	if (error->format != OMIT_CODE)
		*code =
		    arena_strndup(a, error->code, strcspn(error->code, "/"));
	if (subject != NULL && error->format == SUBJECT_AND_CODE)
		return subject + 2;
	return subject != NULL
	    ? arena_printf(a, "%s %s", subject + 2, error->message)
	    : error->message;
}

void
better_auth_error_translate(struct arena *a, struct problem *p)
{
	const struct better_auth_error *error;
	const char *code;

	if (p->code != PROBLEM_BETTER_AUTH)
		return;
	error = better_auth_error(p->better_auth);
	p->detail = better_auth_error_text(a, p->better_auth, &code);
	if (p->detail == NULL)
		p->code = PROBLEM_INTERNAL;
	else if (error->status == 401)
		p->code = PROBLEM_UNAUTHENTICATED;
	else
		p->code =
		    error->status == 403 ? PROBLEM_FORBIDDEN : PROBLEM_INVALID;
	p->better_auth = code;
}
