/* What tenantry user changes: roles, bans, sessions, and who there is. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/pg.h"
#include "cli/terminal_text.h"
#include "cli/user.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/crypto/token.h"

enum status
user_create(struct user_task *t)
{
	const char *params[] = { token_new(t->arena), t->word[0], t->word[1] };
	const struct pg_rows *rows;

	if (!address_signs_in(t->word[0])) {
		warnx("%s is not an e-mail address", t->word[0]);
		return STATUS_USAGE;
	}
	if (user_base_url(t) == NULL)
		return STATUS_USAGE;
	rows = user_ask(t,
	    "SELECT u.id, u.email FROM identity.create_user($1, $2, $3, "
	    "'user', '{}', NULL) u",
	    3, params);
	if (rows == NULL)
		return STATUS_FAILED;
	return user_password_link(
	    t, pg_value(rows, 0, 0), pg_value(rows, 0, 1));
}

/* An installation can do without, but its owner should know. */
static void
warn_without_operator(struct user_task *t)
{
	const struct pg_rows *rows = user_ask(t,
	    "SELECT FROM identity.\"user\" "
	    "WHERE 'admin' = ANY (string_to_array(role, ',')) "
	    "AND NOT coalesce(banned, false) LIMIT 1",
	    0, NULL);

	if (rows != NULL && pg_nrows(rows) == 0)
		warnx("nobody administers this installation now; see "
		      "tenantry user invite-admin");
}

enum status
user_role(struct user_task *t)
{
	const char *params[] = { user_find(t), t->word[1] };
	const struct pg_rows *rows;

	if (params[0] == NULL)
		return STATUS_FAILED;
	rows = user_ask(t,
	    "UPDATE identity.\"user\" SET updated_at = now(), "
	    "role = identity.user_roles($2, role, false) WHERE id = $1 "
	    "RETURNING email, role, NOT email_verified "
	    "AND 'admin' = ANY (string_to_array(role, ','))",
	    2, params);
	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s has the role %s\n",
	    terminal_text(t->arena, pg_value(rows, 0, 0)),
	    terminal_text(t->arena, pg_value(rows, 0, 1)));
	/* Whoever signed up with an address need not own it. */
	if (strcmp(pg_value(rows, 0, 2), "t") == 0)
		warnx("nobody has proved that address; tenantry user "
		      "invite-admin leaves the user no way in but its link");
	warn_without_operator(t);
	return STATUS_OK;
}

enum status
user_ban(struct user_task *t)
{
	const char *params[] = { user_find(t), t->reason, t->life };
	const struct pg_rows *rows;

	if (params[0] == NULL)
		return STATUS_FAILED;
	rows = user_ask(t,
	    "SELECT u.email, coalesce(' until ' || to_char(u.ban_expires "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '') "
	    "FROM identity.ban_user($1, $2, "
	    "extract(epoch FROM $3::interval)::float8) u",
	    3, params);
	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s is banned%s\n",
	    terminal_text(t->arena, pg_value(rows, 0, 0)),
	    pg_value(rows, 0, 1));
	warn_without_operator(t);
	return STATUS_OK;
}

enum status
user_unban(struct user_task *t)
{
	const char *id = user_find(t);
	const struct pg_rows *rows;

	if (id == NULL)
		return STATUS_FAILED;
	rows = user_ask(
	    t, "SELECT u.email FROM identity.unban_user($1) u", 1, &id);
	if (rows == NULL)
		return STATUS_FAILED;
	printf(
	    "%s may sign in\n", terminal_text(t->arena, pg_value(rows, 0, 0)));
	return STATUS_OK;
}

enum status
user_revoke(struct user_task *t)
{
	const char *params[] = { user_find(t), t->word[1] };
	const struct pg_rows *rows;

	if (params[0] == NULL)
		return STATUS_FAILED;
	rows = user_ask(t,
	    "WITH ended AS (DELETE FROM identity.session WHERE user_id = $1 "
	    "AND ($2::text IS NULL OR id = $2) RETURNING 1) "
	    "SELECT count(*) FROM ended",
	    2, params);
	if (rows == NULL)
		return STATUS_FAILED;
	if (t->word[1] != NULL && strcmp(pg_value(rows, 0, 0), "0") == 0) {
		warnx("%s has no session %s", t->word[0], t->word[1]);
		return STATUS_FAILED;
	}
	printf("sessions ended: %s\n", pg_value(rows, 0, 0));
	return STATUS_OK;
}

/* For somebody who lost the authenticator and the backup codes. */
enum status
user_reset_second_factor(struct user_task *t)
{
	const char *params[] = { user_find(t) };

	if (params[0] == NULL)
		return STATUS_FAILED;
	if (user_ask(t, "SELECT identity.forget_second_factor($1)", 1,
		params) == NULL)
		return STATUS_FAILED;
	printf("%s has no second factor any more\n",
	    terminal_text(t->arena, t->word[0]));
	return STATUS_OK;
}

/* Nothing brings a user back, so the wish is to be plain. */
enum status
user_remove(struct user_task *t)
{
	const char *id = user_find(t);

	if (id == NULL)
		return STATUS_FAILED;
	if (!t->yes) {
		warnx("%s would be gone for good, with the organizations "
		      "that have no other member; say --yes",
		    t->word[0]);
		return STATUS_USAGE;
	}
	if (user_ask(t, "SELECT identity.remove_user($1)", 1, &id) == NULL)
		return STATUS_FAILED;
	printf("%s is removed\n", t->word[0]);
	warn_without_operator(t);
	return STATUS_OK;
}
