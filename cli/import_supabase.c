/* Reads the users of a Supabase project in the form of Better Auth's rows. */
#include <stddef.h>

#include "cli/import.h"

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
	"split_part(u.email, '@', 1)), "                                       \
	"'emailVerified', u.email_confirmed_at IS NOT NULL, "                  \
	"'image', u.raw_user_meta_data->>'avatar_url', "                       \
	"'createdAt', u.created_at, 'updatedAt', u.updated_at, "               \
	"'banned', coalesce(u.banned_until > now(), false), "                  \
	"'banExpires', CASE WHEN u.banned_until > now() "                      \
	"THEN u.banned_until END) "                                            \
	"FROM %s u WHERE u.deleted_at IS NULL AND u.email <> ''"

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

static const struct import_kind kinds[] = {
	{ "user", "users", NAMES("auth.users"), USERS, NULL },
	{ "account", "passwords", NAMES("auth.users"), PASSWORDS, NULL },
	{ "account", "identities", NAMES("auth.identities"), IDENTITIES, NULL },
};

const struct import_source supabase_source = {
	.name = "supabase",
	.kinds = kinds,
	.nkinds = sizeof kinds / sizeof kinds[0],
};
