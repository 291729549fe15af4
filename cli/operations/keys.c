/* tenantry keys: lists and rotates the keys that sign tokens. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "lib/crypto/signing_key.h"

#define SECRET_MIN 32

static enum status
keys_failed(struct pg *pg)
{
	pg_warn(pg, "could not access the keys");
	return pg_lost(pg) ? STATUS_UNREACHABLE : STATUS_FAILED;
}

enum status
keys_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT id, to_char(created_at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
	    "CASE WHEN retired_at IS NULL THEN 'signs' "
	    "WHEN retired_at > now() - interval '20 minutes' "
	    "THEN 'published' ELSE 'retired' END "
	    "FROM identity.signing_key ORDER BY created_at";
	struct pg *pg = pg_open_environment(in->arena);
	const struct pg_rows *rows;
	int i;

	if (pg == NULL)
		return STATUS_UNREACHABLE;
	if ((rows = pg_query(pg, sql, 0, NULL)) == NULL)
		return keys_failed(pg);
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%s  %s  %s\n", pg_value(rows, i, 0),
		    pg_value(rows, i, 1), pg_value(rows, i, 2));
	return STATUS_OK;
}

/*
 * Adds a key, which signs all new tokens. With --at-once, the other keys are no
 * longer published. Use this option if a key has leaked.
 */
static enum status
rotate(struct invocation *in, struct pg *pg, const char *secret)
{
	struct signing_key s = signing_key_new(in->arena, secret);
	const char *params[] = { s.id, s.public_key, s.private_key };

	if (!pg_run(pg,
		"BEGIN; SELECT set_config('app.actor', 'command', true);"
		"LOCK TABLE identity.signing_key") ||
	    (command_flag(in, OPTION_AT_ONCE) &&
		!pg_run(pg, "DELETE FROM identity.signing_key")) ||
	    pg_query(pg,
		"SELECT identity.keep_signing_key($1, $2::json, $3, "
		"(SELECT id FROM identity.signing_key "
		"WHERE retired_at IS NULL))",
		3, params) == NULL ||
	    !pg_run(pg, "COMMIT"))
		return keys_failed(pg);
	printf("key %s signs from now on\n", s.id);
	return STATUS_OK;
}

enum status
keys_rotate(struct invocation *in)
{
	const char *secret = getenv("BETTER_AUTH_SECRET");
	struct pg *pg;

	if (secret == NULL || strlen(secret) < SECRET_MIN) {
		warnx("BETTER_AUTH_SECRET must be that of the workers, with "
		      "at least %d characters",
		    SECRET_MIN);
		return STATUS_USAGE;
	}
	if ((pg = pg_open_environment(in->arena)) == NULL)
		return STATUS_UNREACHABLE;
	return rotate(in, pg, secret);
}
