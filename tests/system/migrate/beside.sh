#!/bin/bash
# beside.sh - Tenantry in the database of a Supabase project: it adds schemas, and removes them again
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/beside.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work beside
export TENANTRY_SQL=$SOURCES
cd "$work"
"$SOURCES/tests/lib/supabase_project.sh" app factors
# As on Supabase, the owner of the database is not a superuser, and other roles own the tables of auth.
psql -Xqc 'ALTER DATABASE app OWNER TO owner'
target app

# definitions [OPTION...]: prints all definitions as pg_dump writes them, without the random marks of
# pg_dump.
definitions() {
	pg_dump -d app --schema-only "$@" | grep -v '^.\(un\)\?restrict '
}

# theirs: prints the definitions in the schemas of the project, with triggers, policies, grants and
# constraints.
theirs() {
	definitions -n auth -n public -n extensions
}

# rows: prints a checksum of each table of the project.
rows() {
	contents app | grep -E '^(auth|public)?\.|^[a-z_]+\|' | grep -vE '^(crm|identity|membership|ops)\.'
}

# rights: prints the privileges on schemas and on the database, the default privileges
# and the extensions.
rights() {
	psql -XAtqd app <<-'SQL'
		SELECT n.nspname, n.nspowner::regrole, n.nspacl FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp' ORDER BY 1;
		SELECT coalesce(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database();
		SELECT * FROM pg_default_acl ORDER BY 1;
		SELECT extname, extversion FROM pg_extension ORDER BY 1;
	SQL
}

all=$(definitions) before=$(theirs) data=$(rows) had=$(rights)
[ "$(grep -c '^CREATE TABLE ' <<<"$before")" = 50 ] && held || fail "the project has all its tables"
grep -q '^CREATE POLICY' <<<"$before" && grep -q '^CREATE TRIGGER' <<<"$before" && grep -q '^GRANT' <<<"$before" && held ||
	fail "the definitions have policies, triggers and grants"

want 0 '' tenantry schema up
want 0 '' tenantry schema verify
same "the definitions of the project beside Tenantry" "$before" "$(theirs)"
same "the rows of the project beside Tenantry" "$data" "$(rows)"

# Users are copied within one database.
export SOURCE_DATABASE_URL="postgresql:///app?host=$PGHOST"
want 0 '' tenantry migrate supabase plan
sed -i '/^  unsupported_factors:/,/choice:/s/choice:.*/choice: drop/' supabase.yaml
want 0 'all tables are as before' tenantry migrate supabase dry-run
sign_all supabase
want 0 '0 rejected' tenantry migrate supabase run --execute --yes
same "users without a factor that could be imported" 2 "$(psql -XAtqd app -c 'SELECT count(*) FROM identity.two_factor')"
same "the definitions of the project after the migration" "$before" "$(theirs)"
same "the rows of the project after the migration" "$data" "$(rows)"
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes

# One command removes everything that belongs to Tenantry, and nothing else.
want 0 'down 001_ops' tenantry schema down 0
same "all definitions after the removal" "$all" "$(definitions)"
same "the rows of the project after the removal" "$data" "$(rows)"
same "privileges after the removal" "$had" "$(rights)"
summary beside
