#!/bin/bash
# updown.sh - the schema goes up, down and up again, and down leaves nothing; with rows, and by a second owner
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_updown
sql_database $db || exit 1
run_sql $db -c "DROP SCHEMA test CASCADE" 2>/dev/null
# Adds rows, because the steps must also convert stored data.
rows() {
	PGOPTIONS="-c tenantry.demo_password=hash" seed_demo $db || bad "no rows"
}
rows
up=$(picture $db)
# These refunds are older than partial refunds.
org=$(run_sql $db -c "SELECT id FROM identity.organization LIMIT 1")
run_sql $db -c "SET app.org_id = '$org'; SET app.restoring = 'on';
	INSERT INTO membership.user_profiles (id, last_name) VALUES (41, 'Payer');
	INSERT INTO membership.user_payments (id, member_id, amount, currency, status, refunded_amount)
	VALUES (42, 41, 500, 'EUR', 'refunded', 500), (43, 41, 500, 'EUR', 'succeeded', 200), (44, 41, 500, 'EUR', 'refunded', 0)" >/dev/null
schema $db down 63 >/dev/null && schema $db up >/dev/null || bad "refunds do not go down and up"
refunds=$(run_sql $db -c "SELECT set_config('app.org_id', '$org', false)" -c "SELECT string_agg(concat_ws(' ', id, status, refunded_amount), ',' ORDER BY id)
	FROM membership.user_payments WHERE id IN (42, 43, 44)" | tail -n 1)
[ "$refunds" = "42 refunded 500,43 succeeded 0,44 refunded 500" ] && ok "refunds go down and up" || bad "refunds became $refunds"
# Down into the middle of a run, to its beginning, and past it. Definitions that ran early, because a step needs them, call
# others that ran at the end. 107 drops triggers of such a file.
for step in 124 126 90; do
	said=$(schema $db down $step 2>&1 && schema $db up 2>&1) && [ "$up" = "$(picture $db)" ] &&
		ok "down $step and up, after earlier ones" || bad "down $step and up, after earlier ones: ${said##*$'\n'}"
done
# These deals are older than amounts with decimals. Cents are not rounded.
sql_database sql_cents || exit 1
cents() {
	run_sql sql_cents -c "SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false)" -c "$1" | tail -n 1
}
PGOPTIONS="-c tenantry.demo_password=hash" seed_demo sql_cents || bad "no rows"
cents "INSERT INTO crm.deals (name, stage, amount) VALUES ('cents a', 'won', 12.5), ('cents b', 'won', 25500)" >/dev/null
said=$(schema sql_cents down 104 2>&1) && bad "cents were rounded" ||
	{ [[ $said == *"with decimals, as 12.5"* ]] && ok "down refuses cents" || bad "down refuses cents with: $said"; }
cents "UPDATE crm.deals SET amount = 13 WHERE name = 'cents a'" >/dev/null
said=$(schema sql_cents down 104 2>&1 && schema sql_cents up 2>&1) || bad "amounts do not go down and up: $said"
found=$(cents "SELECT string_agg(name || ' ' || amount, ', ' ORDER BY name) FROM crm.deals WHERE name LIKE 'cents %'")
[ "$found" = "cents a 13, cents b 25500" ] && ok "amounts go down and up" || bad "amounts became $found"
schema $db down 0 >/dev/null && ok "down" || bad "down fails"
left=$(run_sql $db -c "SELECT nspname FROM pg_namespace WHERE nspname IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops')
	UNION ALL SELECT oid::regclass::text FROM pg_class WHERE oid > 16383
	UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE oid > 16383
	UNION ALL SELECT defaclacl::text FROM pg_default_acl
	UNION ALL SELECT 'roles have ' || count(*) FROM pg_shdepend
		WHERE refobjid IN (SELECT oid FROM pg_roles WHERE rolname ~ '^tenantry_' AND rolname <> 'tenantry_owner')
		AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		HAVING count(*) > 0
	UNION ALL SELECT 'no temporary tables for all' WHERE NOT EXISTS (SELECT FROM pg_database,
		aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = current_database()
		AND grantee = 0 AND privilege_type = 'TEMPORARY')")
[ -z "$left" ] && ok "which leaves nothing" || bad "which leaves $left"
schema $db up >/dev/null && ok "up again" || bad "up again fails"
again=$(picture $db)
[ "$up" = "$again" ] && ok "to the same schema" ||
	{
		bad "to another schema"
		diff <(echo "$up") <(echo "$again") | head -20
	}

schema $db verify && ok "which verify finds equal" || bad "verify finds a difference"

# Each file can run again without an error or a difference.
schema $db up | grep -q '^up to date' && ok "up once more does nothing" || bad "up once more does something"
twice=$(scratch twice)
cp -r "$here/../../migrations" "$here/../../schema" "$twice"
find "$twice/schema" -name '*.sql' -exec sed -i '$a -- once more' {} +
said=$(schema $db up --dir "$twice" 2>&1) && ok "every definition runs twice" || bad "a definition runs once only: $said"
[ "$(grep -c '^run ' <<<"$said")" = "$(find "$twice/schema" -name '*.sql' | wc -l)" ] &&
	ok "all of them" || bad "some did not run again"
[ "$(picture $db)" = "$up" ] && ok "to the same schema" || bad "to another schema"
schema $db verify --dir "$twice" && ok "which verify finds equal" || bad "verify finds a difference"
schema $db up >/dev/null && ok "and back" || bad "not back"
rm -r "$twice"

# A manual change is noticed: the change, what verify reports, and how to revert it.
while IFS='|' read -r change name back; do
	run_sql $db -c "$change" || bad "$change"
	said=$(schema $db verify 2>&1) && bad "verify overlooks: $change" ||
		{ grep -qF "$name" <<<"$said" && ok "verify notices: $change" || bad "verify says of: $change: $said"; }
	run_sql $db -c "$back" || bad "$back"
done <<-'CHANGES'
	ALTER TABLE crm.tags ADD by_hand integer|column crm.tags.by_hand|ALTER TABLE crm.tags DROP by_hand
	ALTER TABLE ops.change ADD by_hand integer|column ops.change.by_hand|ALTER TABLE ops.change DROP by_hand
	ALTER TABLE identity.account ADD by_hand text|column identity.account.by_hand|ALTER TABLE identity.account DROP by_hand
	ALTER TABLE crm.tags ALTER color SET DEFAULT 'red'|crm.tags.color|ALTER TABLE crm.tags ALTER color DROP DEFAULT
	ALTER TABLE crm.tags NO FORCE ROW LEVEL SECURITY|crm.tags|ALTER TABLE crm.tags FORCE ROW LEVEL SECURITY
	ALTER TABLE identity.account DISABLE ROW LEVEL SECURITY|identity.account|ALTER TABLE identity.account ENABLE ROW LEVEL SECURITY
	CREATE POLICY by_hand ON identity.session TO tenantry_app USING (true)|identity.session|DROP POLICY by_hand ON identity.session
	CREATE INDEX by_hand ON crm.tags (color)|by_hand|DROP INDEX crm.by_hand
	CREATE TABLE crm.by_hand (id integer)|crm.by_hand|DROP TABLE crm.by_hand
	GRANT SELECT ON identity.account TO tenantry_app|identity.account|REVOKE SELECT ON identity.account FROM tenantry_app
	ALTER TYPE factory_app.job_status RENAME VALUE 'dead' TO 'lost'|enumeration factory_app.job_status|ALTER TYPE factory_app.job_status RENAME VALUE 'lost' TO 'dead'
	ALTER TABLE crm.tags DISABLE TRIGGER USER|crm.tags|ALTER TABLE crm.tags ENABLE TRIGGER USER
CHANGES
schema $db verify && ok "all undone, verify finds no difference" || bad "verify finds a difference"
# Values that were added online are part of an installation. A missing or moved value is a difference.
run_sql $db -c "ALTER TYPE factory_app.job_status ADD VALUE 'it''s, odd' AFTER 'running'" -c "ALTER TYPE factory_app.user_role ADD VALUE 'guest'"
said=$(schema $db verify 2>&1) && ok "verify accepts values that were added" || bad "verify refuses added values: $said"
grep -qF 'enumeration factory_app.job_status has values that were added here' <<<"$said" && ok "and names them" || bad "verify says: $said"
run_sql $db -c "ALTER TYPE factory_app.job_status RENAME VALUE 'it''s, odd' TO 'x'" -c "ALTER TYPE factory_app.job_status RENAME VALUE 'dead' TO 'y'"
said=$(schema $db verify 2>&1) && bad "verify overlooks a renamed value" || { grep -qF 'enumeration factory_app.job_status differs' <<<"$said" &&
	ok "verify notices a renamed value next to an added one" || bad "verify says: $said"; }

# On a separate server, down also drops the roles. Above, other databases use them.
roles="SELECT rolname FROM pg_roles WHERE rolname ~ '^tenantry_' AND rolname <> 'tenantry_owner'"
[ "$(run_sql $db -c "$roles" | wc -l)" = 8 ] && ok "shared roles stay" || bad "shared roles are gone"
left=$(env -u TEST_PGDATA ROLES="$roles" HERE="$here" "$here/../with-postgres" bash -c '
	here=$HERE; . "$here/lib.sh"
	migrate_database alone >&2 && [ "$(run_sql alone -c "$ROLES" | wc -l)" = 8 ] || echo no roles
	schema alone down 0 >/dev/null && run_sql alone -c "$ROLES"') && [ -z "$left" ] &&
	ok "a server without another database keeps no role" || bad "down leaves roles: $left"

# Each step separately goes down, up and down. Then the schema goes up again from the newest step, with
# definitions.
rows
steps=$(ls "$migrations"/[0-9]*.sql | wc -l)
for step in $(seq "$steps" -1 1); do
	# Rows of step 1 have foreign keys to rows of step 2.
	[ "$step" != 2 ] || run_sql $db -c "TRUNCATE identity.organization CASCADE" 2>/dev/null
	if schema $db down $((step - 1)) >/dev/null && schema $db up "$step" >/dev/null &&
		schema $db down $((step - 1)) >/dev/null; then
		ok "step $step goes down, up, down"
	else
		bad "step $step does not go up and down again"
		break
	fi
done
schema $db up >/dev/null && [ "$up" = "$(picture $db)" ] && ok "and all up to the same schema" ||
	bad "all steps lead to another schema"

# Creates another owner on the same server, who did not create the roles.
run_sql postgres >/dev/null 2>&1 <<-SQL
	DROP DATABASE IF EXISTS sql_second;
	DROP ROLE IF EXISTS second_owner;
	CREATE ROLE second_owner LOGIN CREATEROLE;
	CREATE DATABASE sql_second OWNER second_owner;
SQL
# Since Postgres 16, only an administrator of a role may grant it.
if [ "$(run_sql postgres -c 'SHOW server_version_num')" -ge 160000 ]; then
	run_sql postgres -c "GRANT tenantry_app, tenantry_audit, tenantry_mcp, tenantry_mcp_writer, tenantry_search, tenantry_console TO second_owner"
fi
OWNER=second_owner schema sql_second up >/dev/null || {
	bad "schema up by a second owner"
	exit 1
}
ok "a second owner on the same server"
