/* tenantry org create, add, role, delete and similar commands. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/organization/org.h"
#include "cli/user/user.h"
#include "lib/base/arena.h"

#define WRITERS_WAIT 300 /* tenths of a second */

/*
 * Finds the ids of the organization and the user. On an error, reports it and
 * returns false.
 */
static bool
find_both(struct invocation *in, const char *params[2])
{
	return (params[0] = org_find(in)) != NULL &&
	    (params[1] = user_find(in, in->arguments[1])) != NULL;
}

/*
 * Runs a statement on one member. Its third parameter is the roles, or NULL.
 * Reports the change, or the member's current roles.
 */
static enum status
change(
    struct invocation *in, const char *sql, const char *roles, const char *done)
{
	const char *params[3] = { NULL, NULL, roles };
	const struct pg_rows *rows;

	if (!find_both(in, params) ||
	    (rows = operator_ask(in, sql, roles != NULL ? 3 : 2, params)) ==
		NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 0) {
		warnx("%s is not a member of %s", in->arguments[1],
		    in->arguments[0]);
		return STATUS_FAILED;
	}
	if (done == NULL)
		printf("%s has the role %s in %s\n",
		    terminal_text(in->arena, in->arguments[1]),
		    terminal_text(in->arena, pg_value(rows, 0, 0)),
		    terminal_text(in->arena, in->arguments[0]));
	else
		printf("%s %s %s\n", terminal_text(in->arena, in->arguments[1]),
		    done, terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

/*
 * Returns the roles in their stored form. Reports an unknown role and returns
 * NULL.
 */
static const char *
clean_roles(struct invocation *in, const char *roles)
{
	const char *params[] = { org_find(in), roles };
	const struct pg_rows *rows;

	if (params[0] == NULL)
		return NULL;
	rows = operator_ask(in,
	    "SELECT string_agg(r, ', ') FROM (SELECT trim(r) AS r FROM "
	    "unnest(string_to_array($2, ',')) r) named "
	    "WHERE identity.role_permission(r) IS NULL AND NOT EXISTS "
	    "(SELECT FROM identity.organization_role x "
	    "WHERE x.organization_id = $1::uuid AND x.role = r)",
	    2, params);
	if (rows == NULL)
		return NULL;
	if (pg_value(rows, 0, 0) != NULL) {
		warnx("organization \"%s\" has no role \"%s\"",
		    in->arguments[0], pg_value(rows, 0, 0));
		return NULL;
	}
	rows = operator_ask(in,
	    "SELECT identity.clean_roles($1, $2, 'ROLE_NOT_FOUND')", 2, params);
	return rows == NULL ? NULL : pg_value(rows, 0, 0);
}

/*
 * Returns true if the organization is not deleted. Members of a deleted
 * organization cannot be changed.
 */
static bool
active(struct invocation *in)
{
	const char *id = org_find(in);
	const struct pg_rows *rows;

	if (id == NULL ||
	    (rows = operator_ask(in,
		 "SELECT deleted_at IS NULL FROM identity.organization "
		 "WHERE id = $1",
		 1, &id)) == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 0), "t") == 0)
		return true;
	warnx("organization \"%s\" is deleted; \"tenantry org restore\" "
	      "restores it",
	    in->arguments[0]);
	return false;
}

enum status
org_create(struct invocation *in)
{
	const char *params[] = { user_find(in, in->arguments[1]),
		in->arguments[0], command_value(in, OPTION_SLUG) };
	const struct pg_rows *rows;

	if (params[0] == NULL)
		return STATUS_FAILED;
	rows = operator_ask(in,
	    "SELECT (identity.found_organization($1, $2, coalesce($3, "
	    "nullif(trim(BOTH '-' FROM left(regexp_replace(lower($2), "
	    "'[^a-z0-9]+', '-', 'g'), 60)), ''), 'organization'), NULL, "
	    "NULL)).organization_id",
	    3, params);
	if (rows == NULL)
		return STATUS_FAILED;
	in->arguments[0] = pg_value(rows, 0, 0);
	rows = operator_ask(in,
	    "SELECT name, slug FROM identity.organization WHERE id = $1", 1,
	    in->arguments);
	if (rows == NULL)
		return STATUS_FAILED;
	printf("organization %s is created with the slug %s and the owner "
	       "%s\n",
	    terminal_text(in->arena, pg_value(rows, 0, 0)),
	    terminal_text(in->arena, pg_value(rows, 0, 1)),
	    terminal_text(in->arena, in->arguments[1]));
	return STATUS_OK;
}

enum status
org_add(struct invocation *in)
{
	const char *roles;

	if (!active(in) ||
	    (roles = clean_roles(
		 in, in->arguments[2] != NULL ? in->arguments[2] : "member")) ==
		NULL)
		return STATUS_FAILED;
	return change(in,
	    "INSERT INTO identity.organization_member AS m (id, "
	    "organization_id, user_id, role) VALUES (identity.new_id(), $1, "
	    "$2, $3) ON CONFLICT (organization_id, user_id) DO UPDATE SET "
	    "role = m.role RETURNING role",
	    roles, NULL);
}

enum status
org_role(struct invocation *in)
{
	const char *roles;

	if (!active(in) || (roles = clean_roles(in, in->arguments[2])) == NULL)
		return STATUS_FAILED;
	return change(in,
	    "UPDATE identity.organization_member SET role = $3 "
	    "WHERE organization_id = $1 AND user_id = $2 RETURNING role",
	    roles, NULL);
}

enum status
org_remove(struct invocation *in)
{
	if (!active(in))
		return STATUS_FAILED;
	return change(in,
	    "DELETE FROM identity.organization_member "
	    "WHERE organization_id = $1 AND user_id = $2 RETURNING role",
	    NULL, "is no longer in");
}

enum status
org_transfer(struct invocation *in)
{
	if (!active(in))
		return STATUS_FAILED;
	return change(in, "SELECT identity.transfer_organization($1, $2)", NULL,
	    "is the owner of");
}

enum status
org_limit(struct invocation *in)
{
	const char *params[] = { org_find(in), in->arguments[1] };
	size_t len = strlen(in->arguments[1]);

	if (len == 0 || len > 9 || *in->arguments[1] == '0' ||
	    strspn(in->arguments[1], "0123456789") != len) {
		warnx("invalid number of members: \"%s\"", in->arguments[1]);
		return STATUS_USAGE;
	}
	if (params[0] == NULL ||
	    operator_ask(in,
		"UPDATE identity.organization SET member_limit = $2::integer "
		"WHERE id = $1",
		2, params) == NULL)
		return STATUS_FAILED;
	printf("%s now accepts %s members\n",
	    terminal_text(in->arena, in->arguments[0]), in->arguments[1]);
	return STATUS_OK;
}

enum status
org_delete(struct invocation *in)
{
	const char *id;

	if (!active(in))
		return STATUS_FAILED;
	if (!command_flag(in, OPTION_YES)) {
		warnx("this ends all access to %s; confirm with --yes",
		    in->arguments[0]);
		return STATUS_USAGE;
	}
	if ((id = org_find(in)) == NULL ||
	    operator_ask(in, "SELECT identity.mark_organization_deleted($1)", 1,
		&id) == NULL)
		return STATUS_FAILED;
	printf(
	    "%s is deleted; \"tenantry org restore %s\" restores it until its "
	    "data is purged\n",
	    terminal_text(in->arena, in->arguments[0]),
	    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

enum status
org_suspend(struct invocation *in)
{
	const char *id = org_find(in);

	if (id == NULL ||
	    operator_ask(in, "SELECT identity.suspend_organization($1, true)",
		1, &id) == NULL)
		return STATUS_FAILED;
	printf("%s is suspended; \"tenantry org restore %s\" ends this\n",
	    terminal_text(in->arena, in->arguments[0]),
	    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

enum status
org_sandbox(struct invocation *in)
{
	const char *params[] = { org_find(in), NULL, in->arguments[1],
		command_value(in, OPTION_SLUG) };
	const struct pg_rows *rows;

	if (params[0] == NULL ||
	    (params[1] = user_find(in, in->arguments[2])) == NULL ||
	    (rows = operator_ask(in,
		 "SELECT identity.found_sandbox($1::uuid, $2, $3, $4)", 4,
		 params)) == NULL)
		return STATUS_FAILED;
	params[0] = pg_value(rows, 0, 0);
	rows = operator_ask(in,
	    "SELECT slug FROM identity.organization WHERE id = $1::uuid", 1,
	    params);
	if (rows == NULL)
		return STATUS_FAILED;
	printf("sandbox %s is created with the slug %s and the owner %s\n",
	    terminal_text(in->arena, in->arguments[1]),
	    terminal_text(in->arena, pg_value(rows, 0, 0)),
	    terminal_text(in->arena, in->arguments[2]));
	return STATUS_OK;
}

enum status
org_reset(struct invocation *in)
{
	const char *id = org_find(in);
	const struct pg_rows *rows;

	if (id == NULL)
		return STATUS_FAILED;
	if (!command_flag(in, OPTION_YES)) {
		warnx("this deletes all rows of %s; confirm with --yes",
		    in->arguments[0]);
		return STATUS_USAGE;
	}
	if ((rows = operator_ask(in,
		 "SELECT identity.reset_sandbox_of($1::uuid)", 1, &id)) == NULL)
		return STATUS_FAILED;
	printf("%s rows of %s are deleted\n", pg_value(rows, 0, 0),
	    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

/*
 * Waits for transactions that began before the organization became read-only,
 * because they may still change it. Returns false after a timeout that is
 * longer than any Tenantry transaction.
 */
static bool
wait_for_writers(struct invocation *in, const char *since)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	const struct pg_rows *rows;
	int n;

	for (n = 0; n < WRITERS_WAIT; n++) {
		rows = operator_ask(in,
		    "SELECT ops.transactions_before($1::timestamptz)", 1,
		    &since);
		if (rows == NULL)
			return false;
		if (strcmp(pg_value(rows, 0, 0), "0") == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	warnx("transactions from before are still open, and may change it: see "
	      "pg_stat_activity");
	return false;
}

enum status
org_read_only(struct invocation *in)
{
	const char *params[] = { NULL, in->arguments[1] };
	bool on = strcmp(params[1], "on") == 0;
	const struct pg_rows *rows;

	if (!on && strcmp(params[1], "off") != 0) {
		warnx("\"%s\" is neither \"on\" nor \"off\"", params[1]);
		return STATUS_USAGE;
	}
	if ((params[0] = org_find(in)) == NULL ||
	    (rows = operator_ask(in,
		 "SELECT ops.set_read_only($1::uuid, $2::boolean)", 2,
		 params)) == NULL ||
	    (on && !wait_for_writers(in, pg_value(rows, 0, 0))))
		return STATUS_FAILED;
	if (on)
		printf("%s is read-only; \"tenantry org read-only %s off\" "
		       "ends this\n",
		    terminal_text(in->arena, in->arguments[0]),
		    terminal_text(in->arena, in->arguments[0]));
	else
		printf("%s can be changed again\n",
		    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}

/*
 * Restores an organization. Undoes the deletion first if the organization is
 * both deleted and suspended.
 */
enum status
org_restore(struct invocation *in)
{
	const char *id = org_find(in);
	const struct pg_rows *rows;

	if (id == NULL ||
	    (rows = operator_ask(in,
		 "SELECT suspended_at IS NOT NULL AND deleted_at IS NULL "
		 "FROM identity.organization WHERE id = $1",
		 1, &id)) == NULL)
		return STATUS_FAILED;
	if (strcmp(pg_value(rows, 0, 0), "t") == 0) {
		if (operator_ask(in,
			"SELECT identity.suspend_organization($1, false)", 1,
			&id) == NULL)
			return STATUS_FAILED;
		printf("%s is no longer suspended\n",
		    terminal_text(in->arena, in->arguments[0]));
		return STATUS_OK;
	}
	if (operator_ask(
		in, "SELECT identity.restore_organization($1)", 1, &id) == NULL)
		return STATUS_FAILED;
	printf("%s is restored, with its members\n",
	    terminal_text(in->arena, in->arguments[0]));
	return STATUS_OK;
}
