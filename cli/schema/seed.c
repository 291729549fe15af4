/* tenantry seed: creates demo organizations. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/schema/ledger.h"
#include "lib/base/arena.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"

#define DEMO_EMAIL    "demo@clientflow.test"
#define DEMO_PASSWORD 20 /* characters, 119 bits */

/* Returns the operator's password, or a new password, which is printed once. */
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
 * Reads the demo user's hash, which is NULL if there is no such user. Returns
 * false on an error.
 */
static bool
read_hash(struct pg *pg, const char **hash)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT a.password FROM identity.account a JOIN identity.\"user\" "
	    "u "
	    "ON u.id = a.user_id WHERE a.provider_id = 'credential' "
	    "AND u.email = '" DEMO_EMAIL "'",
	    0, NULL);

	if (rows == NULL) {
		pg_warn(pg, "cannot read the password of the demo");
		return false;
	}
	*hash = pg_nrows(rows) > 0 ? pg_value(rows, 0, 0) : NULL;
	return true;
}

/* Sets the hash. Credentials change only with --reset. */
static bool
set_hash(struct pg *pg, const char *hash)
{
	static const char sql[] =
	    "UPDATE identity.account SET password = $1 "
	    "FROM identity.\"user\" u WHERE u.id = user_id "
	    "AND provider_id = 'credential' AND u.email = '" DEMO_EMAIL "'";

	return pg_query(pg, sql, 1, &hash) != NULL;
}

/*
 * Runs a demo's SQL. It reads two settings from its transaction: the hash for a
 * user that it creates, and whether the demo is created again.
 */
static bool
seed_run(struct pg *pg, const char *path, const char *sql, const char *hash,
    bool reset, bool renew)
{
	const char *settings[] = { hash, reset ? "on" : "" };

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
	if ((!renew || set_hash(pg, hash)) && pg_run(pg, "COMMIT"))
		return true;
	pg_warn(pg, path);
	return false;
}

/*
 * Prints the login. had is the demo user's previous hash, or NULL if there was
 * no such user.
 */
static void
print_login(struct arena *a, const char *had, const char *password, bool made,
    bool renewed)
{
	bool unknown = had != NULL && !renewed &&
	    (made ||
		password_verify(a, had, password, strlen(password)) ==
		    PASSWORD_WRONG);

	printf("demo login: %s, ", DEMO_EMAIL);
	if (unknown)
		printf("its password is unchanged; tenantry user password %s "
		       "prints a link to set another one\n",
		    DEMO_EMAIL);
	else if (made)
		printf("password %s\n", password);
	else
		printf("password as in TENANTRY_DEMO_PASSWORD\n");
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

/*
 * Returns the path of a demo's SQL, or NULL if there is no demo with this name.
 */
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
	const char *name = in->arguments[0], *path, *password, *sql, *had;
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
	if (!ledger_lock(a, pg) || !installed(pg, a) || !read_hash(pg, &had) ||
	    !seed_run(pg, path, sql,
		password_hash(a, password, strlen(password)), reset,
		reset && !made))
		return STATUS_FAILED;
	print_login(a, had, password, made, reset && !made);
	return STATUS_OK;
}
