/* Reads the users of a Supabase project in the form of Better Auth's rows. */
#include <json-c/json.h>
#include <string.h>

#include "cli/import.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"

#define NAMES(name)                                                            \
	(const char *const[])                                                  \
	{                                                                      \
		name, NULL                                                     \
	}

/* docs/import.md explains the members. */
#define USERS                                                                  \
	"SELECT jsonb_build_object('id', u.id, 'email', u.email, "             \
	"'name', coalesce(nullif(u.raw_user_meta_data->>'name', ''), "         \
	"nullif(u.raw_user_meta_data->>'full_name', ''), "                     \
	"nullif(concat_ws(' ', "                                               \
	"nullif(trim(u.raw_user_meta_data->>'first_name'), ''), "              \
	"nullif(trim(u.raw_user_meta_data->>'last_name'), '')), ''), "         \
	"split_part(u.email, '@', 1)), "                                       \
	"'emailVerified', u.email_confirmed_at IS NOT NULL, "                  \
	"'image', u.raw_user_meta_data->>'avatar_url', "                       \
	"'createdAt', u.created_at, 'updatedAt', u.updated_at, "               \
	"'banned', coalesce(u.banned_until > now(), false), "                  \
	"'banExpires', CASE WHEN u.banned_until > now() "                      \
	"THEN u.banned_until END) "                                            \
	"FROM %s u WHERE u.deleted_at IS NULL AND u.email <> '' "              \
	"ORDER BY coalesce(u.banned_until > now(), false), "                   \
	"u.email_confirmed_at IS NULL, u.created_at, u.id"

#define PASSWORDS                                                              \
	"SELECT jsonb_build_object('id', u.id, 'accountId', u.id, "            \
	"'providerId', 'credential', 'userId', u.id, "                         \
	"'password', u.encrypted_password, 'createdAt', u.created_at, "        \
	"'updatedAt', u.updated_at) "                                          \
	"FROM %s u WHERE u.deleted_at IS NULL AND u.email <> '' "              \
	"AND u.encrypted_password <> ''"

#define IDENTITIES                                                             \
	"SELECT jsonb_build_object('id', i.id, 'accountId', i.provider_id, "   \
	"'providerId', i.provider, 'userId', i.user_id, "                      \
	"'createdAt', i.created_at, 'updatedAt', i.updated_at) "               \
	"FROM %s i WHERE i.provider NOT IN ('email', 'phone')"

/*
 * One verified factor of each user, an authenticator if there is one.  GoTrue
 * may encrypt the secret with a key of its own, as a JSON object.
 */
#define FACTORS                                                                \
	"SELECT jsonb_build_object('id', f.id, 'userId', f.user_id, "          \
	"'verified', true, 'enable', true, 'key', CASE WHEN "                  \
	"f.factor_type = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$' "           \
	"THEN f.secret END, 'type', f.factor_type, 'factors', f.factors) "     \
	"FROM (SELECT DISTINCT ON (x.user_id) x.id, x.user_id, x.secret, "     \
	"x.factor_type::text, count(*) OVER (PARTITION BY x.user_id) "         \
	"AS factors FROM %s x WHERE x.status::text = 'verified' "              \
	"AND EXISTS (SELECT FROM auth.users u WHERE u.id = x.user_id "         \
	"AND u.deleted_at IS NULL AND u.email <> '') "                         \
	"ORDER BY x.user_id, x.factor_type::text <> 'totp', "                  \
	"x.secret !~ '^[A-Z2-7]{16,}=*$', x.created_at) f"

/* Encrypts the key of an authenticator as the workers do. */
static bool
seal_key(struct arena *a, const char *secret, struct json_object *row)
{
	const char *key = json_get_text(row, "key");

	if (key != NULL)
		json_object_object_add(row, "secret",
		    json_object_new_string(secretbox_seal(
			a, secret, arena_printf(a, "base32:%s", key))));
	json_object_object_del(row, "key");
	return true;
}

static const struct import_kind kinds[] = {
	{ "user", "users", NAMES("auth.users"), USERS, NULL },
	{ "two_factor", "second factors", NAMES("auth.mfa_factors"), FACTORS,
	    seal_key },
	{ "account", "passwords", NAMES("auth.users"), PASSWORDS, NULL },
	{ "account", "identities", NAMES("auth.identities"), IDENTITIES, NULL },
};

const struct import_source supabase_source = {
	.name = "supabase",
	.kinds = kinds,
	.nkinds = sizeof kinds / sizeof kinds[0],
};
