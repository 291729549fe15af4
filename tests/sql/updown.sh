#!/bin/bash
# updown.sh - the schema goes up, down and up again, and down leaves nothing; an owner without extensions still gets everything
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_updown
ok() { echo "NOTICE:  ok - $1"; }
bad() { echo "NOTICE:  not ok - $1"; }

# The catalogue entries of our schemas and default privileges, except the secret
# in ops.new_id(), which differs each time.
picture() {
	run_sql $db <<-'SQL' | sed 's/hashint8extended(ms, [0-9]*)/hashint8extended(ms, secret)/'
		SELECT 'table', c.oid::regclass, c.relkind, c.relacl, c.reloptions, c.relrowsecurity,
			c.relforcerowsecurity FROM pg_class c WHERE c.relnamespace::regnamespace::text
			IN ('crm', 'identity', 'ops', 'public') ORDER BY 2;
		SELECT 'column', attrelid::regclass, attname, atttypid::regtype, attnotnull, attacl,
			pg_get_expr(adbin, adrelid) FROM pg_attribute a LEFT JOIN pg_attrdef d
			ON adrelid = attrelid AND adnum = attnum JOIN pg_class c ON c.oid = attrelid
			WHERE c.relnamespace::regnamespace::text IN ('crm', 'identity', 'ops', 'public')
			AND attnum > 0 ORDER BY 2, attnum;
		SELECT 'function', pg_get_functiondef(p.oid), p.proacl, p.proowner::regrole FROM pg_proc p
			WHERE p.pronamespace::regnamespace::text IN ('crm', 'identity', 'ops') ORDER BY 2;
		SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)
			FROM pg_constraint WHERE connamespace::regnamespace::text
			IN ('crm', 'identity', 'ops') ORDER BY 2, 3;
		SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2;
		SELECT 'index', pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c
			ON c.oid = indrelid WHERE c.relnamespace::regnamespace::text
			IN ('crm', 'identity', 'ops') ORDER BY 2;
		SELECT 'policy', schemaname, tablename, policyname, permissive, roles, cmd, qual,
			with_check FROM pg_policies ORDER BY 2, 3, 4;
		SELECT 'view', c.oid::regclass, pg_get_viewdef(c.oid) FROM pg_class c WHERE relkind = 'v'
			AND relnamespace::regnamespace::text IN ('crm', 'identity', 'ops') ORDER BY 2;
		SELECT 'schema', nspname, nspacl FROM pg_namespace
			WHERE nspname IN ('crm', 'identity', 'ops', 'public') ORDER BY 2;
		SELECT 'default', defaclobjtype, defaclacl FROM pg_default_acl;
		SELECT 'database', datacl FROM pg_database WHERE datname = current_database();
		SELECT 'sequence', relacl FROM pg_class WHERE relkind = 'S';
	SQL
}

sql_database $db || exit 1
run_sql $db -c "DROP SCHEMA test CASCADE" 2>/dev/null
up=$(picture)
schema $db down 0 >/dev/null && ok "down" || bad "down fails"
left=$(run_sql $db -c "SELECT nspname FROM pg_namespace WHERE nspname IN ('crm', 'identity', 'ops')
	UNION ALL SELECT oid::regclass::text FROM pg_class WHERE oid > 16383
	UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE oid > 16383
	UNION ALL SELECT defaclacl::text FROM pg_default_acl
	UNION ALL SELECT 'tenantry_search, _audit or _app has ' || count(*) FROM pg_shdepend
		WHERE refobjid IN ('tenantry_app'::regrole, 'tenantry_audit'::regrole, 'tenantry_mcp'::regrole, 'tenantry_mcp_writer'::regrole, 'tenantry_search'::regrole)
		AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		HAVING count(*) > 0
	UNION ALL SELECT 'no temporary tables for all' WHERE NOT EXISTS (SELECT FROM pg_database,
		aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = current_database()
		AND grantee = 0 AND privilege_type = 'TEMPORARY')")
[ -z "$left" ] && ok "which leaves nothing" || bad "which leaves $left"
schema $db up >/dev/null && ok "up again" || bad "up again fails"
again=$(picture)
[ "$up" = "$again" ] && ok "to the same schema" ||
    { bad "to another schema"; diff <(echo "$up") <(echo "$again") | head -20; }

schema $db verify && ok "which verify finds equal" || bad "verify finds a difference"

# Each step by itself: down, up, down. Then up again from the newest, with definitions.
steps=$(ls "$migrations"/[0-9]*.sql | wc -l)
for step in $(seq "$steps" -1 1); do
	if schema $db down $((step - 1)) >/dev/null && schema $db up "$step" >/dev/null &&
	    schema $db down $((step - 1)) >/dev/null; then
		ok "step $step goes down, up, down"
	else
		bad "step $step does not go up and down again"
		break
	fi
done
schema $db up >/dev/null && [ "$up" = "$(picture)" ] && ok "and all up to the same schema" ||
    bad "all steps lead to another schema"

# Another owner on the same server, who did not create the roles.
run_sql postgres >/dev/null 2>&1 <<-SQL
	DROP DATABASE IF EXISTS sql_second;
	DROP ROLE IF EXISTS second_owner;
	CREATE ROLE second_owner LOGIN CREATEROLE;
	CREATE DATABASE sql_second OWNER second_owner;
SQL
# From Postgres 16 on, only an administrator of a role may grant it.
if [ "$(run_sql postgres -c 'SHOW server_version_num')" -ge 160000 ]; then
	run_sql postgres -c "GRANT tenantry_app, tenantry_audit, tenantry_mcp, tenantry_mcp_writer, tenantry_search TO second_owner"
fi
OWNER=second_owner schema sql_second up >/dev/null || { bad "schema up by a second owner"; exit 1; }
ok "a second owner on the same server"

# Extensions cannot be created here: search works without them.
run_sql sql_second -c "REVOKE CREATE ON DATABASE sql_second FROM second_owner" \
    -c "ALTER DATABASE sql_second OWNER TO postgres"
[ "$(PGUSER=second_owner run_sql sql_second -c 'SELECT crm.index_search()' 2>/dev/null)" = f ] &&
    ok "no extension, no index, no error" || bad "index_search without extensions"
