#!/bin/bash
# mapping.sh - a Supabase project whose application uses different names: what its migrations declare, the mapping of
# the plan, and a
#	decision about every table with rows
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/mapping.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work mapping
export TENANTRY_SQL=$SOURCES
cd "$work"

# printed TEXT: the last command printed TEXT.
printed() {
	grep -qF -- "$1" "$work/out" && held || fail "does not print \"$1\""
}

# Prints one value of a query on the target, as a superuser.
one() {
	psql -XAtqd app -c "$1"
}

# choose COLUMN VALUE: sets the mapping of a column.
choose() {
	sed -i "/^      $1:/,/from:/s/from:.*/from: $2/" supabase.yaml
}

# become TABLE VALUE: sets the treatment of a table.
become() {
	sed -i "/^  public.$1:/,/becomes:/s/becomes:.*/becomes: $2/" supabase.yaml
}

psql -Xqc 'CREATE DATABASE app OWNER owner'
"$SOURCES/tests/lib/supabase_project.sh" source
target app
tenantry schema up >/dev/null
# --- Statements for the source have a column and the ID, or do not exist, regardless of the plan
statements() {
	local columns verb
	for columns in '{}' '{"role": null}' '{"id": null}' '{"id": null, "role": null}'; do
		for verb in INSERT UPDATE DELETE; do
			one "SET migration.columns = '{\"t\": $columns}'; SELECT coalesce(ops.source_statement('$verb', 't', '{\"id\": 1, \"role\": \"x\"}'), 'none')"
		done
	done
}
same "statements for the source" "INSERT INTO t (id, role) VALUES ('1', 'x') ON CONFLICT DO NOTHING
UPDATE t SET role = 'x' WHERE id = '1'
DELETE FROM t WHERE id = '1'
INSERT INTO t (id) VALUES ('1') ON CONFLICT DO NOTHING
none
DELETE FROM t WHERE id = '1'
INSERT INTO t (role) VALUES ('x') ON CONFLICT DO NOTHING
none
none
none
none
none" "$(statements)"
# --- What the migrations of the application declare, compared in both directions
application=$SOURCES/tests/lib/supabase_application
want 0 'Declared by the application, but missing in the database' tenantry migrate supabase inspect --application "$application"
section() { sed -n "/^$1/,/^\$/p" out | grep '^  ' | sed 's/^  //'; }
same "what is declared and missing" "column users.nickname
policy users.Users can update own row
table queue (similar to membership_queue)
table user_appearance_settings
table user_notification_preferences
table user_payment_settings
table user_privacy_settings
table user_security_settings
table user_settings" "$(section 'Declared by the application')"
same "what differs" 'column users.status: "text NOT NULL DEFAULT '\''Pending'\''::text" there, "character varying(20) NOT NULL DEFAULT '\''Pending'\''::character varying" declared' "$(section 'Declared differently' | grep column)"
same "what no file declares" "table user_addresses table user_contacts view active_users" "$(section 'In the database' | grep -xE 'table user_(addresses|contacts)|view .*|table queue|.*users\.id' | paste -sd ' ')"
same "what could not be run" "0002_user_settings_tables.sql:8: relation \"public.nowhere\" does not exist" "$(section 'Statements of' | sed 's,.*/,,')"
want 0 '"declared_missing"' tenantry migrate supabase inspect --json --application "$application"
want 1 'has no migrations in .sql files' tenantry migrate supabase inspect --application "$work/bin"
same "the databases after an inspection" "app postgres source" "$(databases)"

# Names as in a different project: a different notation, a synonym, a different type, a missing column, and a column
# without an explanation.
psql -Xqd source >/dev/null <<-'SQL'
	DROP VIEW public.active_users;
	ALTER TABLE public.user_profiles RENAME COLUMN first_name TO "givenName";
	ALTER TABLE public.user_profiles RENAME COLUMN last_name TO "lastName";
	ALTER TABLE public.user_profiles DROP COLUMN country;
	DROP POLICY "Users can view own row" ON public.users;
	DROP POLICY "Own profile" ON public.user_profiles;
	ALTER TABLE public.users RENAME COLUMN auth_user_id TO supabase_id;
	ALTER TABLE public.users ALTER supabase_id TYPE uuid USING supabase_id::uuid;
	ALTER TABLE public.users DROP COLUMN email_verified;
	ALTER TABLE public.user_contacts RENAME COLUMN is_primary TO main_one;
	ALTER TABLE public.user_memberships RENAME COLUMN tier TO "what is it";
	CREATE TABLE public.badges AS SELECT i AS id, E'a "quoted"\nlabel ' || i AS label FROM generate_series(1, 3) i;
	-- Tables of other schemas, and rows of a table that inherits from another table, which are in that table only.
	CREATE SCHEMA shop;
	CREATE TABLE shop.carts AS SELECT i AS id FROM generate_series(1, 2) i;
	CREATE TABLE shop.full_carts (lines integer) INHERITS (shop.carts);
	INSERT INTO shop.full_carts VALUES (3, 9);
	-- Columns that nothing reads: with values, to be skipped, and without values.
	ALTER TABLE public.user_profiles ADD "shoe size" integer, ADD secret text, ADD unused text;
	UPDATE public.user_profiles SET "shoe size" = 40 WHERE "givenName" IN ('First3', 'First4');
	UPDATE public.user_profiles SET secret = 'x';
	CREATE TABLE public.scratch AS SELECT i AS id FROM generate_series(1, 4) i;
SQL
untouched=$(contents source) before=$(contents app)
want 1 'blocker mapping' tenantry migrate supabase plan
printed 'public.user_profiles.first_name: givenName, because a name that means the same'
printed 'public.user_profiles.last_name: lastName, because the same name in another notation'
printed 'public.users.auth_user_id: supabase_id, because a name that means the same'
printed 'public.users.email_verified: nothing, because no such column; it is false'
printed 'public.user_memberships.tier has no column; name one'
printed 'public.badges has 3 rows that nothing reads'
printed 'public.scratch has 4 rows that nothing reads'
printed 'shop.carts has 2 rows that nothing reads'
printed 'shop.full_carts has 1 rows that nothing reads'
printed 'public.payload_preferences: skip because they belong to Payload, which keeps them'
want 1 'mapping: public.user_memberships.tier has no column' tenantry migrate supabase dry-run
# A query that does not fit the source is named. The other queries are planned.
psql -Xqd source -c 'ALTER TABLE auth.users RENAME COLUMN banned_until TO blocked_until'
want 1 'blocker queries: Queries of the journey that do not fit the source' tenantry migrate supabase plan
for file in 030_users owner owner_unknown organization_name; do
	printed "- $file: "
done
printed 'column u.banned_until does not exist'
printed '040_members                          23  Makes'
psql -Xqd source -c 'ALTER TABLE auth.users RENAME COLUMN blocked_until TO banned_until'
want 1 'blocker mapping' tenantry migrate supabase plan
choose tier 'what is it'
choose is_primary nowhere
become badges archive
sed -i '/^  shop\..*carts:$/,/becomes:/s/becomes:.*/becomes: archive/' supabase.yaml
same "columns that nothing reads" "- 'secret: archive' - 'shoe size: archive' - 'unused: not read: it has no values'" \
	"$(grep -E "(shoe size|secret|unused): " supabase.yaml | sed 's/^ *//' | sort | paste -sd ' ')"
sed -i 's/secret: archive/secret: later/' supabase.yaml
want 1 'public.user_profiles: "secret: later" says neither "archive" nor "skip because ..."' tenantry migrate supabase dry-run
sed -i 's/secret: later/secret: skip because it is old/' supabase.yaml
become scratch skip
want 1 'mapping: public.user_contacts.is_primary: the source has no column nowhere' tenantry migrate supabase dry-run
printed 'public.scratch becomes neither "archive" nor "skip because ..."'
# A person can also choose nothing instead of a proposed column.
choose first_name null
for _ in 1 2; do
	want 1 'blocker mapping' tenantry migrate supabase plan
	printed 'public.user_profiles.first_name: nothing, because a person said so'
done
choose first_name givenName
choose is_primary main_one
become scratch 'skip because nobody reads it'
want 0 'Next: tenantry migrate supabase dry-run' tenantry migrate supabase plan
printed 'public.user_contacts.is_primary: main_one, because a person said so'
want 0 'go: ' tenantry migrate supabase dry-run
sign_all supabase
# The mapping is part of the signed plan.
cp supabase.yaml signed.yaml
choose last_name givenName
want 1 'the go token is for another plan' tenantry migrate supabase run --execute --yes
cp signed.yaml supabase.yaml
grep -q 'secret: skip because it is old' supabase.yaml && held || fail 'the decision about a column is lost'
want 0 'supabase.archive.ndjson has 6 rows of tables that become "archive"' tenantry migrate supabase run --execute --yes
printed 'supabase.archive.ndjson has the columns of 2 rows that become "archive"'
printed '2435 rows written, 0 known, 0 rejected'
same "profiles" "First3 Last3" "$(one "SELECT first_name || ' ' || last_name FROM membership.user_profiles WHERE first_name = 'First3'")"
same "tiers, default contacts, users with an account" "14 19 22" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM membership.user_memberships WHERE tier = 'standard'),
	(SELECT count(*) FROM membership.user_contacts WHERE is_default), (SELECT count(*) FROM membership.users WHERE user_id IS NOT NULL))")"
same "the archive" "$(psql -XAtqd source -c "SELECT jsonb_build_object('table', 'public.badges', 'row', to_jsonb(t)) FROM public.badges t
	UNION ALL SELECT jsonb_build_object('table', 'shop.carts', 'row', to_jsonb(t)) FROM ONLY shop.carts t
	UNION ALL SELECT jsonb_build_object('table', 'shop.full_carts', 'row', to_jsonb(t)) FROM shop.full_carts t
	UNION ALL SELECT jsonb_build_object('table', 'public.user_profiles', 'row', jsonb_build_object('id', t.id, 'shoe size', t.\"shoe size\"))
		FROM public.user_profiles t WHERE t.\"shoe size\" IS NOT NULL" | sort)" \
	"$(sort supabase.archive.ndjson)"
want 0 'go: ' tenantry migrate supabase verify
# Changes of users return to the columns that the project has.
psql -Xq1d app -v ON_ERROR_STOP=1 >/dev/null <<-'SQL'
	SELECT ops.set_org(id) FROM identity.organization;
	UPDATE membership.user_profiles SET first_name = 'Changed' WHERE first_name = 'First3';
	UPDATE membership.user_contacts SET value = '+33698765432' WHERE id = (SELECT min(c.id) FROM membership.user_contacts c WHERE c.kind = 'phone');
	UPDATE membership.user_memberships SET tier = 'changed' WHERE id = (SELECT min(m.id) FROM membership.user_memberships m);
	UPDATE membership.users SET status = 'Blocked', updated_at = clock_timestamp() WHERE email = 'user3@project.test';
	INSERT INTO membership.user_contacts (org_id, member_id, kind, value) SELECT org_id, id, 'email', 'new@example.org' FROM membership.user_profiles
		WHERE first_name = 'Changed';
SQL
psql -Xqc 'CREATE DATABASE returned TEMPLATE source'
same "the source" "$untouched" "$(contents source)"
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
same "the target after the rollback" "$before" "$(contents app)"
want 0 '' psql -Xqd returned -v ON_ERROR_STOP=1 -f supabase.return.sql
same "changes in the columns of the project" "Changed Last3 1 1 Blocked new@example.org" "$(psql -XAtqd returned -c "SELECT concat_ws(' ', p.\"givenName\", p.\"lastName\",
	(SELECT count(*) FROM public.user_contacts WHERE value = '+33698765432' AND main_one IS NOT NULL),
	(SELECT count(*) FROM public.user_memberships WHERE \"what is it\" = 'changed'), (SELECT status FROM public.users WHERE email = 'user3@project.test'),
	(SELECT value FROM public.user_contacts WHERE value = 'new@example.org')) FROM public.user_profiles p WHERE p.\"givenName\" = 'Changed'")"
summary mapping
