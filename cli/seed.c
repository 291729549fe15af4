/* tenantry seed: creates demo organizations. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/ledger.h"
#include "cli/pg.h"
#include "cli/script.h"
#include "lib/base/arena.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"

#define DEMO_EMAIL    "demo@clientflow.test"
#define DEMO_PASSWORD 20 /* characters, 119 bits */

/* The operator's password, or a new one, which is printed once. */
static const char *
demo_password(struct arena *a, bool *made)
{
	const char *set = getenv("TENANTRY_DEMO_PASSWORD");

	if ((*made = set == NULL || *set == '\0'))
		return arena_strndup(a, token_new(a), DEMO_PASSWORD);
	return set;
}

static bool
password_fits(const char *password)
{
	size_t len = password_length(password, strlen(password));

	if (len >= PASSWORD_MIN && len <= PASSWORD_MAX)
		return true;
	warnx("TENANTRY_DEMO_PASSWORD has %zu characters; choose %d to %d", len,
	    PASSWORD_MIN, PASSWORD_MAX);
	return false;
}

/*
 * The SQL of a demo reads the hash, and whether it is made again, from settings
 * of its transaction.  An existing demo gets the password too, so that the
 * printed one always works.
 */
static bool
seed_run(struct pg *pg, const char *path, const char *sql, const char *hash,
    bool reset)
{
	const char *settings[] = { hash, reset ? "on" : "" };
	static const char password[] =
	    "UPDATE identity.account SET password = $1 "
	    "FROM identity.\"user\" u WHERE u.id = user_id "
	    "AND provider_id = 'credential' AND u.email = '" DEMO_EMAIL "'";

	if (!script_begin(pg))
		return false;
	if (pg_query(pg,
		"SELECT set_config('tenantry.demo_password', $1, true), "
		"set_config('tenantry.demo_reset', $2, true)",
		2, settings) == NULL) {
		pg_warn(pg, "cannot hand over the password of the demo");
		return false;
	}
	if (!script_run(pg, path, sql))
		return false;
	if (pg_query(pg, password, 1, &hash) != NULL && pg_run(pg, "COMMIT"))
		return true;
	pg_warn(pg, path);
	return false;
}

static bool
installed(struct pg *pg, struct arena *a)
{
	struct ledger ledger;

	if (!ledger_read(pg, a, &ledger))
		return false;
	if (ledger.n == 0)
		warnx("the database has no tables yet; run tenantry schema "
		      "up first");
	return ledger.n > 0;
}

/* The SQL of a demo; NULL if there is none with the name. */
static const char *
demo_path(struct invocation *in, const char *name)
{
	const char *path = arena_printf(
	    in->arena, "%s/migrations/seed/%s.sql", command_sql(in), name);

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] ==
		'\0' &&
	    access(path, F_OK) == 0)
		return path;
	warnx("there is no demo \"%s\"; see %s/migrations/seed", name,
	    command_sql(in));
	return NULL;
}

enum status
seed_organization(struct invocation *in)
{
	bool reset = command_flag(in, OPTION_RESET), made;
	const char *name = in->arguments[0], *path, *password, *sql;
	struct arena *a = in->arena;
	struct pg *pg;

	if (strcmp(name, "none") == 0)
		return STATUS_OK;
	if (reset && strcmp(name, "demo") == 0) {
		warnx("only the demo of a module can be created again");
		return STATUS_USAGE;
	}
	password = demo_password(a, &made);
	if ((path = demo_path(in, name)) == NULL || !password_fits(password))
		return STATUS_USAGE;
	if ((sql = script_read(a, path)) == NULL)
		return STATUS_FAILED;
	if ((pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	if (!ledger_lock(a, pg) || !installed(pg, a) ||
	    !seed_run(pg, path, sql,
		password_hash(a, password, strlen(password)), reset))
		return STATUS_FAILED;
	if (made)
		printf("demo login: %s, password %s\n", DEMO_EMAIL, password);
	else
		printf("demo login: %s, password as in "
		       "TENANTRY_DEMO_PASSWORD\n",
		    DEMO_EMAIL);
	return STATUS_OK;
}
