/*
 * tenantry user create, role, ban, unban, revoke, remove and similar commands.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/user/user.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/crypto/token.h"

enum status
user_create(struct invocation *in)
{
	const char *params[] = { token_new(in->arena), in->arguments[0],
		in->arguments[1] };
	const struct pg_rows *rows;

	if (!address_public(in->arguments[0])) {
		warnx("invalid email address: \"%s\"", in->arguments[0]);
		return STATUS_USAGE;
	}
	if (user_base_url(in) == NULL)
		return STATUS_USAGE;
	rows = operator_ask(in,
	    "SELECT u.id, u.email FROM identity.enroll_user($1, $2, $3) u", 3,
	    params);
	if (rows == NULL)
		return STATUS_FAILED;
	return user_password_link(
	    in, pg_value(rows, 0, 0), pg_value(rows, 0, 1));
}

/*
 * Warns if no operator remains. The installation works even without an
 * operator.
 */
static void
warn_without_operator(struct invocation *in)
{
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT FROM identity.\"user\" "
	    "WHERE 'admin' = ANY (string_to_array(role, ',')) "
	    "AND NOT coalesce(banned, false) LIMIT 1",
	    0, NULL);

	if (rows != NULL && pg_nrows(rows) == 0)
		warnx("warning: the installation has no administrator now; "
		      "run \"tenantry user invite-admin\"");
}

/*
 * Runs a statement with the user's id as params[0]. Returns NULL on an error.
 */
static const struct pg_rows *
change_user(
    struct invocation *in, const char *sql, int nparams, const char **params)
{
	params[0] = user_find(in, in->arguments[0]);
	return params[0] != NULL ? operator_ask(in, sql, nparams, params)
				 : NULL;
}

enum status
user_role(struct invocation *in)
{
	const char *params[] = { NULL, in->arguments[1] };
	const struct pg_rows *rows = change_user(in,
	    "UPDATE identity.\"user\" SET updated_at = now(), "
	    "role = identity.user_roles($2, role, false) WHERE id = $1 "
	    "RETURNING email, role, NOT email_verified "
	    "AND 'admin' = ANY (string_to_array(role, ','))",
	    2, params);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s has the role %s\n",
	    terminal_text(in->arena, pg_value(rows, 0, 0)),
	    terminal_text(in->arena, pg_value(rows, 0, 1)));
	/* Signing up with an address does not prove its ownership. */
	if (strcmp(pg_value(rows, 0, 2), "t") == 0)
		warnx("warning: this email address is not verified; \"tenantry "
		      "user invite-admin\" makes its owner set a new password");
	warn_without_operator(in);
	return STATUS_OK;
}

enum status
user_ban(struct invocation *in)
{
	const char *params[] = { NULL, command_value(in, OPTION_REASON),
		command_value(in, OPTION_FOR) };
	const struct pg_rows *rows = change_user(in,
	    "SELECT u.email, coalesce(' until ' || to_char(u.ban_expires "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '') "
	    "FROM identity.ban_user($1, $2, "
	    "extract(epoch FROM $3::interval)::float8) u",
	    3, params);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s is banned%s\n",
	    terminal_text(in->arena, pg_value(rows, 0, 0)),
	    pg_value(rows, 0, 1));
	warn_without_operator(in);
	return STATUS_OK;
}

enum status
user_unban(struct invocation *in)
{
	const char *id;
	const struct pg_rows *rows = change_user(
	    in, "SELECT u.email FROM identity.unban_user($1) u", 1, &id);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s can sign in again\n",
	    terminal_text(in->arena, pg_value(rows, 0, 0)));
	return STATUS_OK;
}

enum status
user_revoke(struct invocation *in)
{
	const char *params[] = { NULL, in->arguments[1] };
	const struct pg_rows *rows = change_user(in,
	    "WITH ended AS (DELETE FROM identity.session WHERE user_id = $1 "
	    "AND ($2::text IS NULL OR id = $2) RETURNING 1) "
	    "SELECT count(*), (SELECT ''::text FROM "
	    "identity.sign_out_everywhere($1) WHERE $2 IS NULL) FROM ended",
	    2, params);

	if (rows == NULL)
		return STATUS_FAILED;
	if (in->arguments[1] != NULL &&
	    strcmp(pg_value(rows, 0, 0), "0") == 0) {
		warnx("user \"%s\" has no session \"%s\"", in->arguments[0],
		    in->arguments[1]);
		return STATUS_FAILED;
	}
	printf("sessions ended: %s\n", pg_value(rows, 0, 0));
	return STATUS_OK;
}

/* Helps a user who has lost both the authenticator and the backup codes. */
enum status
user_reset_second_factor(struct invocation *in)
{
	const char *id;

	if (change_user(
		in, "SELECT identity.forget_second_factor($1)", 1, &id) == NULL)
		return STATUS_FAILED;
	printf("two-factor authentication of %s is off\n",
	    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

/* Removes a user. Requires --yes, because the removal cannot be undone. */
enum status
user_remove(struct invocation *in)
{
	const char *id = user_find(in, in->arguments[0]);

	if (id == NULL)
		return STATUS_FAILED;
	if (!command_flag(in, OPTION_YES)) {
		warnx("this permanently deletes %s and the organizations that "
		      "have no other member; confirm with --yes",
		    in->arguments[0]);
		return STATUS_USAGE;
	}
	if (operator_ask(in, "SELECT identity.remove_user($1)", 1, &id) == NULL)
		return STATUS_FAILED;
	printf("%s is removed\n", in->arguments[0]);
	warn_without_operator(in);
	return STATUS_OK;
}
