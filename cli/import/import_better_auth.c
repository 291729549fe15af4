/* Reads the tables of a Better Auth server, under any of their names. */
#include <json-c/json.h>
#include <string.h>

#include "cli/import/import.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"

/*
 * Returns the member in camelCase, or in snake_case, which some adapters write.
 */
static const char *
text_of(const struct json_object *row, const char *camel, const char *snake)
{
	const char *text = json_get_text(row, camel);

	return text != NULL ? text : json_get_text(row, snake);
}

static void
replace(struct json_object *row, const char *key, const char *text)
{
	json_object_object_del(row, key);
	json_object_object_add(row, key, json_object_new_string(text));
}

/* Stores the token's hash, so that existing cookies remain valid. */
static bool
hash_token(struct arena *a, const char *secret, struct json_object *row)
{
	const char *token = json_get_text(row, "token");

	(void)secret;
	replace(row, "token", token_hash(a, token != NULL ? token : ""));
	return true;
}

/* Encrypts provider tokens that the source stores in plain text. */
static bool
seal_tokens(struct arena *a, const char *secret, struct json_object *row)
{
	static const char *const names[][2] = {
		{ "accessToken", "access_token" },
		{ "refreshToken", "refresh_token" },
		{ "idToken", "id_token" },
	};
	const char *token;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		token = text_of(row, names[i][0], names[i][1]);
		if (token != NULL && secretbox_open(a, secret, token) == NULL)
			replace(
			    row, names[i][0], secretbox_seal(a, secret, token));
	}
	return true;
}

/* Returns the codes' hashes as "\\x...,\\x...". */
static const char *
hash_codes(struct arena *a, const char *secret, const char *list)
{
	struct json_error error;
	struct json_object *codes, *code;
	struct buf b;
	size_t i;

	buf_init(&b, a);
	codes = json_parse(a, list, strlen(list), &error);
	if (!json_object_is_type(codes, json_type_array))
		return b.data;
	for (i = 0; i < json_object_array_length(codes); i++) {
		code = json_object_array_get_idx(codes, i);
		buf_printf(&b, "%s%s", i > 0 ? "," : "",
		    token_code_hash(a, secret, "backup-code",
			json_object_get_string(code)));
	}
	return b.data;
}

/*
 * Converts a user's codes. An authenticator's secret is encrypted in both
 * systems. Backup codes are encrypted in the source and hashed here.
 */
static bool
open_codes(struct arena *a, const char *secret, struct json_object *row)
{
	const char *key = json_get_text(row, "secret");
	const char *codes = text_of(row, "backupCodes", "backup_codes");
	const char *list =
	    codes != NULL ? secretbox_open(a, secret, codes) : NULL;

	if (key == NULL || secretbox_open(a, secret, key) == NULL)
		return false;
	replace(row, "backupCodes",
	    list != NULL ? hash_codes(a, secret, list) : "");
	return true;
}

#define WHOLE "SELECT to_jsonb(t) FROM %s t"

/*
 * If the source has no organizations, the first user owns the organization for
 * all users: see identity.house_imported().
 */
#define USERS                                                                  \
	WHOLE " ORDER BY to_jsonb(t)->>'banned' IS NOT DISTINCT FROM 'true', " \
	      "to_jsonb(t)->>'role' ~ '\\madmin\\M' IS NOT TRUE, "             \
	      "coalesce(to_jsonb(t)->>'emailVerified', "                       \
	      "to_jsonb(t)->>'email_verified') IS DISTINCT FROM 'true', "      \
	      "coalesce(to_jsonb(t)->>'createdAt', "                           \
	      "to_jsonb(t)->>'created_at'), "                                  \
	      "to_jsonb(t)->>'id'"

#define NAMES(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const struct import_kind kinds[] = {
	{ "organization", "organizations",
	    NAMES("organization", "organizations"), WHOLE, NULL },
	{ "user", "users", NAMES("\"user\"", "users"), USERS, NULL },
	{ "member", "members", NAMES("member", "members"), WHOLE, NULL },
	{ "invitation", "invitations", NAMES("invitation", "invitations"),
	    WHOLE, NULL },
	{ "account", "accounts", NAMES("account", "accounts"), WHOLE,
	    seal_tokens },
	{ "session", "sessions", NAMES("session", "sessions"), WHOLE,
	    hash_token },
	{ "two_factor", "authenticators",
	    NAMES(
		"\"twoFactor\"", "two_factor", "\"twoFactors\"", "two_factors"),
	    WHOLE, open_codes },
	{ "passkey", "passkeys", NAMES("passkey", "passkeys"), WHOLE, NULL },
	{ "trusted_device", "trusted devices",
	    NAMES("verification", "verifications"),
	    WHOLE " WHERE identifier LIKE 'trust-device-%'", NULL },
};

const struct import_source better_auth_source = {
	.name = "better-auth",
	.kinds = kinds,
	.nkinds = sizeof kinds / sizeof kinds[0],
};
