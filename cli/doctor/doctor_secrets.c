/*
 * A tenantry doctor check: the secret decrypts the encrypted values in the
 * database.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/secretbox.h"

/* The newest value of each kind, and what is lost if it cannot be decrypted. */
static const char newest[] =
    "SELECT * FROM (SELECT 'second factors', t.secret FROM "
    "identity.two_factor t WHERE t.secret IS NOT NULL ORDER BY t.ctid DESC "
    "LIMIT 1) x "
    "UNION ALL SELECT * FROM (SELECT 'tokens of providers', "
    "coalesce(a.refresh_token, a.access_token) FROM identity.account a "
    "WHERE coalesce(a.refresh_token, a.access_token) IS NOT NULL "
    "ORDER BY a.updated_at DESC LIMIT 1) x "
    "UNION ALL SELECT * FROM (SELECT 'keys of the assistant', "
    "k.encrypted_key FROM identity.assistant_key k "
    "ORDER BY k.created_at DESC LIMIT 1) x "
    "UNION ALL SELECT * FROM (SELECT 'keys that sign tokens', k.private_key "
    "FROM identity.signing_key k ORDER BY k.created_at DESC LIMIT 1) x "
    "UNION ALL SELECT * FROM (SELECT DISTINCT ON (v.resource, v.name) "
    "format('%s of %s', v.name, v.resource), v.sealed "
    "FROM ops.sealed_value v ORDER BY v.resource, v.name, v.created_at DESC) "
    "x";

/* Returns the names of the secrets that cannot be decrypted, or NULL. */
static const char *
lost(struct doctor *d, const struct pg_rows *rows, const char *secrets)
{
	const char *names = NULL;
	int i;

	for (i = 0; i < pg_nrows(rows); i++)
		if (secretbox_open(d->arena, secrets, pg_value(rows, i, 1)) ==
		    NULL)
			names = names == NULL
			    ? pg_value(rows, i, 0)
			    : arena_printf(d->arena, "%s, %s", names,
				  pg_value(rows, i, 0));
	return names;
}

/* Checks the encrypted values. check_secret() reports a missing secret. */
void
check_sealed_values(struct doctor *d)
{
	const char *secret = getenv("BETTER_AUTH_SECRET");
	const char *versions = getenv("BETTER_AUTH_SECRETS");
	const struct pg_rows *rows = pg_query(d->pg, newest, 0, NULL);
	const char *secrets, *names;

	if (rows == NULL) {
		report(
		    d, VERDICT_FAIL, "sealed values", "%s", pg_reason(d->pg));
		return;
	}
	if (secret == NULL || *secret == '\0' ||
	    (secrets = config_secrets(
		 d->arena, versions == NULL ? "" : versions, secret)) == NULL)
		return;
	if ((names = lost(d, rows, secrets)) != NULL)
		report(d, VERDICT_FAIL, "sealed values",
		    "BETTER_AUTH_SECRET is not the one with which these were "
		    "encrypted: %s; set the former one",
		    names);
	else
		report(d, VERDICT_OK, "sealed values",
		    "the secret opens the newest of %d kinds", pg_nrows(rows));
}
