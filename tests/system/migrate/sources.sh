#!/bin/bash
# sources.sh [NAME...] - journeys from schemas of other projects, in sources/: a run that is killed, changes of users,
# and a rollback
#
# BUILD is the build folder. Each source has 200 accounts, some of them with faults, and 5,000 rows of an application, or
# 50,000 with TESTS_ALL. gotrue.tar.gz contains the migrations of Supabase's sign-in server (v2.196.0-2-gbc32168e), and
# atomic-crm.tar.gz contains those of Atomic CRM (v1.5.0-500-gdce557e2), as their projects published them. exports.mjs
# imitates the exports of other systems. several_projects migrates four projects with the same IDs into one installation.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/sources.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work sources
export TENANTRY_SQL=$SOURCES
cd "$work"
rows=5000 kills=3
[ -z "${TESTS_ALL:-}" ] || rows=50000 kills=20

one() {
	psql -XAtqd "${2:-app}" -c "$1"
}

# run_files DATABASE FILE...: runs migrations. Extensions that only Supabase's servers have are omitted.
run_files() {
	local database=$1 file
	shift
	for file; do
		sed -E 's/\{\{ *index \.Options "Namespace" *\}\}/auth/g; /create extension.*"?(http|pgjwt|pg_net)"?/Id' "$file" |
			psql -Xqd "$database" -v ON_ERROR_STOP=1 >migration.out 2>&1 || fail "$file: $(grep -v NOTICE migration.out | head -n 3)"
	done
}

# sign_in_server DATABASE: creates the database of a Supabase project without an application.
sign_in_server() {
	psql -Xqc "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1"
	psql -Xqd "$1" -c 'CREATE SCHEMA auth' -c 'CREATE SCHEMA extensions' -c "ALTER DATABASE $1 SET search_path = auth, public, extensions"
	run_files "$1" gotrue/migrations/*.up.sql
	psql -Xqc "ALTER DATABASE $1 SET search_path = public, extensions"
}

# rows_of FROM TO SCHEMA...: copies the rows of a database into tables with different definitions.
rows_of() {
	local from=$1 to=$2
	shift 2
	pg_dump -a --disable-triggers "${@/#/--schema=}" "$from" | sed '/^SELECT pg_catalog.setval/d' | psql -Xqd "$to" -v ON_ERROR_STOP=1 >rows.out 2>&1 || fail "rows: $(grep -A 2 -E "ERROR|error" rows.out)"
}

# An application that the journey does not describe: one table that the journey knows under different names, and one table that
# becomes a file.
source_gotrue() {
	sign_in_server source
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/accounts.sql" -v rows="$rows" -f - >/dev/null <<-'SQL'
		CREATE TABLE public.system_audit_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), action text, "createdBy" text, created_at timestamptz);
		CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer uuid, lines jsonb, total numeric(12, 2), placed timestamptz);
		INSERT INTO public.system_audit_logs (id, action, "createdBy", created_at)
		SELECT md5('log ' || n)::uuid, 'ORDER', n % 200, '2025-01-01'::timestamptz + n * interval '1 minute' FROM generate_series(1, :rows / 2) n;
		INSERT INTO public.orders (buyer, lines, total, placed) SELECT md5('account ' || n % 170)::uuid,
			jsonb_build_array(n, E'tab\tquote"\\', NULL, 1e20), n / 7.0, '2025-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, :rows / 2) n;
	SQL
	journey=supabase owner=person1@source.test
}

# source_atomic LAST [OPTION]: creates Atomic CRM with its migrations up to LAST.
source_atomic() {
	local last=$1 file files=()
	shift
	psql -Xqc 'DROP DATABASE IF EXISTS project WITH (FORCE)'
	"$SOURCES/tests/lib/atomic_project.sh" project "$work/files" "rows=$rows" "$@"
	psql -Xqd project -c 'DROP TABLE IF EXISTS public.favicons_excluded_domains'
	sign_in_server source
	psql -Xqd source -c 'CREATE SCHEMA storage' -c 'CREATE TABLE storage.buckets (id text PRIMARY KEY, name text NOT NULL UNIQUE, public boolean DEFAULT false)' \
		-c 'CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text, name text COLLATE "C", created_at timestamptz, metadata jsonb)'
	for file in atomic-crm/supabase/migrations/*.sql; do
		[[ $(basename "$file") > $last ]] || files+=("$file")
	done
	run_files source "${files[@]}"
	[ -z "$(one "SELECT to_regclass('public.configuration')" source)" ] || psql -Xqd source -c 'DELETE FROM public.configuration'
	psql -XAtqd project -c "ALTER TABLE auth.oauth_clients ADD token_endpoint_auth_method text NOT NULL DEFAULT 'none'"
	psql -Xqd project -c 'TRUNCATE auth.schema_migrations'
	psql -Xqd source -c 'DELETE FROM storage.buckets'
	rows_of project source auth public $([ "$*" = old ] || echo storage)
	psql -XAtqd source >/dev/null <<-'SQL'
		SELECT format('SELECT setval(%L, (SELECT max(id) FROM %s))', pg_get_serial_sequence(c.oid::regclass::text, 'id'), c.oid::regclass)
		  FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
		   AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id' AND a.atttypid = 'int8'::regtype) \gexec
	SQL
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/accounts.sql" >/dev/null
	journey=atomic-crm owner=user1@project.test
}
source_atomic_first() { source_atomic 20240813084010~ old; }
source_atomic_second() { source_atomic 20260307120000~; }
source_atomic_third() { source_atomic '~'; }

# source_export KIND: loads the users of an export, as journeys/sources/ describes, and an application next to them.
source_export() {
	node "$here/sources/exports.mjs" "$1" >users.export
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	psql -Xq1d source -v file=users.export -f "$SOURCES/journeys/sources/$1/load.sql" <users.export >load.out 2>&1 || fail "$1: $(head -n 3 load.out)"
	psql -Xq1d source -v ON_ERROR_STOP=1 -v rows="$rows" -f - >/dev/null <<-'SQL'
		CREATE TABLE public.orders (id bigint PRIMARY KEY, buyer text, lines jsonb, total numeric(12, 2));
		INSERT INTO public.orders SELECT n, n % 170, jsonb_build_array(n, E'tab\tquote"\\', NULL, 1e20), n / 7.0 FROM generate_series(1, :rows / 5) n;
		CREATE TABLE public.system_audit_logs (id uuid PRIMARY KEY, action text, created_at timestamptz);
		INSERT INTO public.system_audit_logs SELECT md5('log ' || n)::uuid, 'ORDER', '2025-01-01'::timestamptz + n * interval '1 minute' FROM generate_series(1, :rows) n;
	SQL
	same "$1: users in the export" 200 "$(one 'SELECT count(*) FROM public.source_users' source)"
	journey=supabase owner=person1@source.test
}
source_keycloak() { source_export keycloak; }
source_auth0() { source_export auth0; }
source_firebase() { source_export firebase; }
source_csv() { source_export csv; }

# better_auth_rows: fills the tables of Better Auth. Rows of an application are next to them.
better_auth_rows() {
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/better-auth-rows.sql" >/dev/null 2>load.out || fail "rows: $(head -n 3 load.out)"
	journey=better-auth owner= accounts=$in_better_auth renamed=name
}
source_better_auth() {
	users='public."user"'
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/better-auth.sql"
	better_auth_rows
	psql -Xq1d source -v ON_ERROR_STOP=1 -v rows="$rows" -f - >/dev/null <<-'SQL'
		CREATE TABLE public.orders (id bigint PRIMARY KEY, buyer text REFERENCES public."user", lines jsonb, total numeric(12, 2));
		INSERT INTO public.orders SELECT n, u.id, jsonb_build_array(n, E'tab\tquote"\\', NULL, 1e20), n / 7.0
		  FROM generate_series(1, :rows) n LEFT JOIN public."user" u ON u.email = format('person%s@source.test', n % 180);
	SQL
}
# A project without plugins, whose users join one organization.
source_better_auth_plain() {
	source_better_auth
	psql -Xqd source -c 'DROP TABLE organization, member, invitation, team, "teamMember", passkey, "twoFactor" CASCADE'
	psql -Xqd source -c 'ALTER TABLE public."user" DROP role, DROP banned, DROP "banReason", DROP "banExpires", DROP username, DROP "twoFactorEnabled"'
	owner=person2@source.test
}
# A shop with drizzle-kit 0.31.11, for the schema of shop.ts and the one that "auth generate" writes for
# drizzleAdapter({ usePlural: true }).
source_drizzle() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	run_files source "$here"/sources/drizzle/*.sql
	users=public.users
	better_auth_rows
	psql -Xq1d source -v ON_ERROR_STOP=1 -v rows="$rows" -f - >/dev/null <<-'SQL'
		INSERT INTO products (name, price, tags) SELECT 'Product ' || n, n / 7.0, ARRAY['a', E'b "\\', n::text] FROM generate_series(1, 100) n;
		INSERT INTO orders (id, buyer_id, state, address, due, created_at) SELECT md5('order ' || n)::uuid, u.id, (ARRAY['cart', 'paid', 'sent']::order_state[])[1 + n % 3],
			CASE WHEN n % 2 = 0 THEN jsonb_build_object('street', E'tab\t') END, '2025-01-01'::date + n % 300, '2025-01-01'::timestamptz + n * interval '1 minute'
		  FROM generate_series(1, :rows / 5) n LEFT JOIN users u ON u.email = format('person%s@source.test', n % 180);
		INSERT INTO order_lines SELECT md5('order ' || n)::uuid, 1 + (n + k) % 100, k FROM generate_series(1, :rows / 5) n, generate_series(1, 2) k;
		INSERT INTO visits (path, at) SELECT '/' || n, '2025-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 2 * :rows / 5) n;
	SQL
	want 0 'visits' tenantry migrate "$journey" inspect --application "$here/sources/drizzle"
	same "drizzle: differences to its migrations" "none none none none" "$(grep -A 1 -E '^(Declared|In the database|Statements)' out | sed -n 's/^  //p' | paste -sd ' ')"
}

# A shop with Prisma, whose schema has no migrations.
source_prisma() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/prisma.sql"
	users='public."User"'
	better_auth_rows
	psql -Xq1d source -v ON_ERROR_STOP=1 -v rows="$rows" -f - >/dev/null <<-'SQL'
		INSERT INTO orders (buyer_id, state, total, rate, due, placed, code, tags, address, big, file)
		SELECT u.id, (ARRAY['CART', 'paid', 'SENT']::order_state[])[1 + n % 3], n / 7.0, n / 3.0, '2025-01-01'::date + n % 300,
			'2025-01-01'::timestamptz + n * interval '1 minute', 'order ' || n, ARRAY['a', E'b "\\', n::text], jsonb_build_object('street', E'tab\t'), n * 1e10, '\x00ff'
		  FROM generate_series(1, :rows / 2) n LEFT JOIN "User" u ON u.email = format('person%s@source.test', n % 180);
		INSERT INTO order_lines SELECT id, 1, id % 9 FROM orders;
		CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL);
		INSERT INTO _prisma_migrations VALUES ('1', 'x');
	SQL
	want 0 'orders' tenantry migrate "$journey" inspect --application "$here/sources/prisma"
	same "prisma: differences to its schema" "none table _prisma_migrations none none" "$(grep -A 1 -E '^(Declared|In the database|Statements)' out | sed -n 's/^  //p' | paste -sd ' ')"
	psql -Xqd source -c 'ALTER TABLE orders ALTER total TYPE numeric(10, 2), DROP COLUMN big' -c "ALTER TYPE order_state RENAME VALUE 'SENT' TO 'sent'"
	want 0 'column orders.total: "numeric(10,2) NOT NULL" there, "numeric(12,2) NOT NULL" declared' tenantry migrate "$journey" inspect --application "$here/sources/prisma"
	grep -q '^  column orders.big' out && grep -q 'type order_state: "CART, paid, sent" there' out && held || fail "prisma: differences are missing"
}

# decide NAME CHOICE and value NAME TEXT change the plan.
decide() {
	sed -i "/^  $1:/,/choice:/s/choice:.*/choice: $2/" "$journey.yaml"
}
value() {
	sed -i "s|^  $1: .*|  $1: $2|" "$journey.yaml"
}

# change_rows: makes a hundred changes as users, to rows of the run and to rows for which the source has no place.
change_rows() {
	local org
	org=$(one 'SELECT id FROM identity.imported_organization ORDER BY source_id LIMIT 1')
	one "SELECT set_config('app.org_id', '$org', false);
		WITH few AS (SELECT u.id FROM identity.\"user\" u WHERE u.email LIKE 'person%' ORDER BY u.email LIMIT 50),
		renamed AS (UPDATE identity.\"user\" u SET name = 'Renamed ' || u.email FROM few s WHERE s.id = u.id RETURNING u.id)
		INSERT INTO identity.event (user_id, action, data) SELECT id, 'user.updated', '{\"name\": \"\"}' FROM renamed;
		INSERT INTO crm.contacts (org_id, first_name, last_name) SELECT '$org', 'Late', 'Contact ' || n FROM generate_series(1, 50) n" >/dev/null
	# A user who deletes the account. The rollback also removes the events of this user.
	one "DELETE FROM identity.\"user\" WHERE email = 'person90@source.test'" >/dev/null
	[ "$journey" != better-auth ] || [ -n "$owner" ] || one "UPDATE identity.organization SET name = 'New name' WHERE slug = 'source-1';
		UPDATE identity.organization_member SET role = 'admin' WHERE id = md5('member 20');
		DELETE FROM identity.organization_member WHERE id = md5('member 21');
		UPDATE identity.account SET password = '00000000000000000000000000000000:' || repeat('0', 128) WHERE id = md5('account 1credential');
		INSERT INTO identity.passkey (id, user_id, credential_id, public_key, device_type, backed_up)
			SELECT 'new', id, 'new', 'new', 'multiDevice', true FROM identity.\"user\" WHERE email = 'person2@source.test'" >/dev/null
}

# Queries for the account data that must be equal in the source and in the target.
in_source="SELECT string_agg(concat_ws('|', u.id, lower(u.email), u.email_confirmed_at IS NOT NULL, coalesce(u.created_at, u.updated_at, 'epoch')), E'\n' ORDER BY u.id::text COLLATE \"C\")
	FROM auth.users u WHERE u.deleted_at IS NULL AND u.email <> '' AND u.email ~ '^[^@[:space:]]+@' AND length(concat(u.raw_user_meta_data->>'name', u.raw_user_meta_data->>'first_name')) < 500
	AND u.created_at IS DISTINCT FROM 'infinity' AND u.email <> 'PERSON3@source.test'"
in_target="SELECT string_agg(concat_ws('|', u.id, u.email, u.email_verified, u.created_at), E'\n' ORDER BY u.id COLLATE \"C\") FROM identity.\"user\" u
	WHERE u.id !~ '^deleted-' AND u.email NOT LIKE '%@sign.test'"

# The same query for a Better Auth database.
in_better_auth="SELECT string_agg(concat_ws('|', u.data->>'id', lower(u.data->>'email'), (u.data->>'emailverified')::boolean, (u.data->>'createdat')::timestamptz), E'\n'
		ORDER BY u.data->>'id' COLLATE \"C\")
	FROM (SELECT (SELECT jsonb_object_agg(lower(replace(e.key, '_', '')), e.value) FROM jsonb_each(to_jsonb(t)) e) AS data FROM USERS t) u
	WHERE u.data->>'email' ~ '^[^@[:space:]]+@' AND length(u.data->>'name') < 500 AND u.data->>'createdat' <> 'infinity' AND u.data->>'email' <> 'PERSON3@source.test'"

try() {
	local killed=0 n
	accounts=$in_source users=auth.users renamed="raw_user_meta_data->>'name'"
	echo "--- $1"
	rm -rf ./*.yaml ./*.token ./*.ndjson ./*.report.* ./*.rejects.csv ./*.return.* ./*.tar backups uploads
	mkdir uploads
	"source_$1"
	copy fresh app
	untouched=$(contents source) before=$(contents app)
	# --- Inspect, mapping, dry run
	want 0 'Nothing was compared' tenantry migrate "$journey" inspect
	tenantry migrate "$journey" plan >out 2>&1 </dev/null || :
	decide unsupported_factors drop
	decide operators keep
	sed -i '/^others:/,$s/becomes: *\(null\|""\|~\)\{0,1\}$/becomes: archive/' "$journey.yaml"
	value files "$work/files"
	value owner "$owner"
	want 0 'Next: ' tenantry migrate "$journey" plan
	want 0 'all tables are as before' tenantry migrate "$journey" dry-run
	same "$1: the source after the dry run" "$untouched" "$(contents source)"
	sign_all "$journey"
	# --- One run, killed again and again
	for ((n = 1; n <= kills; n++)); do
		TENANTRY_TEST_KILL_AT=$((RANDOM % 4 + 2)) quietly tenantry migrate "$journey" run --execute --yes && break
		settled
		killed=$((killed + 1))
	done
	same "$1: kills of the run" "$kills" "$killed"
	want 0 'The migration is done.' tenantry migrate "$journey" run --execute --yes
	want 0 'go: ' tenantry migrate "$journey" verify --seed 3
	grep -E 'rows written' out
	same "$1: the accounts" "$(one "${accounts//USERS/$users}" source)" "$(one "$in_target")"
	"compare_$1" "$1" "SELECT jsonb_build_object('table', 'public.orders', 'row', to_jsonb(t)) FROM public.orders t"
	# --- Changes of users, and a rollback
	change_rows
	psql -Xqc 'DROP DATABASE IF EXISTS returned WITH (FORCE)' -c 'CREATE DATABASE returned TEMPLATE source'
	want 0 'The migration is rolled back.' tenantry migrate "$journey" rollback --execute --yes
	same "$1: the target after the rollback" "$before" "$(contents app)"
	same "$1: the source after the rollback" "$untouched" "$(contents source)"
	want 0 '' psql -Xqd returned -v ON_ERROR_STOP=1 -f "$journey.return.sql"
	same "$1: new names in the source" 50 "$(one "SELECT count(*) FROM $users WHERE $renamed = 'Renamed ' || email" returned)"
	"returned_$1" "$1"
}

# archived NAME QUERY: the archive has exactly these rows of their tables. Columns of other tables are next to them.
archived() {
	one "$2" source | sort >expected.ndjson
	grep -F "$(grep -o '"table": [^}]*}$' expected.ndjson | sort -u)" "$journey.archive.ndjson" | sort >archived.ndjson
	same "$1: rows in the archive" "$(sha256sum <expected.ndjson)" "$(sha256sum <archived.ndjson)"
}

compare_gotrue() {
	archived gotrue "SELECT jsonb_build_object('table', 'public.orders', 'row', to_jsonb(t)) FROM public.orders t"
	same "gotrue: rows in the audit log" "$(one "SELECT md5(string_agg(to_jsonb(t)::text, ',' ORDER BY id)) FROM public.system_audit_logs t" source)" \
		"$(one "SELECT md5(string_agg(data::jsonb::text, ',' ORDER BY source_id::uuid)) FROM ops.imported_audit_log")"
}
# The file contains data for which the source has no place.
returned_accounts() {
	grep -q '^010_organization: 50 rows of crm.contacts' supabase.return.txt && held || fail "$1: the file has no new contacts"
}
returned_gotrue() { returned_accounts gotrue; }

# The archive contains data that is not imported, with each account as its system wrote it.
compare_export() {
	archived "$1" "SELECT jsonb_build_object('table', 'public.orders', 'row', to_jsonb(t)) FROM public.orders t
		UNION ALL SELECT jsonb_build_object('table', 'public.source_users', 'row', to_jsonb(t)) FROM public.source_users t"
}
compare_keycloak() {
	compare_export keycloak
	same "keycloak: authenticators, names, accounts at providers" "13 Person N7 57" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM identity.two_factor),
		(SELECT name FROM identity.\"user\" WHERE email = 'person7@source.test'), (SELECT count(*) FROM identity.account WHERE provider_id = 'google'))")"
}
compare_auth0() {
	compare_export auth0
	same "auth0: passwords that stay valid" 113 "$(one "SELECT count(*) FROM identity.account WHERE password LIKE '\$2b\$%'")"
}
compare_firebase() { compare_export firebase; }
compare_csv() { compare_export csv; }
returned_keycloak() { returned_accounts keycloak; }
returned_auth0() { returned_accounts auth0; }
returned_firebase() { returned_accounts firebase; }
returned_csv() { returned_accounts csv; }

# What the plugins store, and the rows of the application, which the archive contains.
compare_better_auth() {
	same "$1: organizations, members, invitations, teams, passkeys, authenticators" "5 161 41 5 20 10 14" "$(one "SELECT concat_ws(' ',
		(SELECT count(*) FROM identity.organization), (SELECT count(*) FROM identity.organization_member), (SELECT count(*) FROM identity.organization_invitation),
		(SELECT count(*) FROM identity.team), (SELECT count(*) FROM identity.team_member), (SELECT count(*) FROM identity.passkey), (SELECT count(*) FROM identity.two_factor))")"
	same "$1: passwords that stay valid, operators" "136 person1@source.test" "$(one "SELECT concat_ws(' ', count(*), (SELECT string_agg(email, ' ' ORDER BY email)
		FROM identity.\"user\" WHERE role = 'admin' AND email LIKE 'person%')) FROM identity.account WHERE password LIKE '%:%'")"
	same "$1: a cookie stays valid" 1 "$(one "SELECT count(*) FROM identity.session WHERE token_hash = sha256(convert_to(md5('token 1'), 'UTF8'))")"
	same "$1: sessions of banned users" 0 "$(one "SELECT count(*) FROM identity.session s JOIN identity.\"user\" u ON u.id = s.user_id WHERE u.banned")"
	archived "$1" "$2"
}
compare_better_auth_plain() {
	same "$1: members of one organization" "1 195 person2@source.test" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM identity.organization), count(*),
		string_agg(u.email, ' ') FILTER (WHERE m.role = 'owner')) FROM identity.organization_member m JOIN identity.\"user\" u ON u.id = m.user_id")"
}
compare_drizzle() {
	compare_better_auth drizzle "$(for table in products orders order_lines visits; do
		echo "${union:-}SELECT jsonb_build_object('table', 'public.$table', 'row', to_jsonb(t)) FROM public.$table t"
		union='UNION ALL '
	done)"
}
returned_better_auth() {
	local -a t=(organization member account passkey)
	case ${2:-} in
	plural) t=("${t[@]/%/s}") ;;
	models) t=('"Organization"' '"Member"' '"Account"' '"Passkey"') ;;
	esac
	grep -q '^010_organizations: 50 rows of crm.contacts' better-auth.return.txt && held || fail "$1: the file has no new contacts"
	same "$1: changes in the tables of the plugins" "New name admin 0 1 1" "$(one "SELECT concat_ws(' ', (SELECT name FROM ${t[0]} WHERE slug = 'source-1'),
		(SELECT role FROM ${t[1]} WHERE id = md5('member 20')), (SELECT count(*) FROM ${t[1]} WHERE id = md5('member 21')),
		(SELECT count(*) FROM ${t[2]} WHERE password LIKE '0000%'), (SELECT count(*) FROM ${t[3]} WHERE id = 'new'))" returned)"
}
returned_better_auth_plain() {
	same "$1: statements for tables that the source does not have" 0 "$(grep -ci 'member' better-auth.return.sql)"
	grep -q '^010_organizations: 50 rows of crm.contacts' better-auth.return.txt && held || fail "$1: the file has no new contacts"
}
compare_prisma() {
	compare_better_auth prisma "$(for table in orders order_lines; do
		echo "${union:-}SELECT jsonb_build_object('table', 'public.$table', 'row', to_jsonb(t)) FROM public.$table t"
		union='UNION ALL '
	done)"
}
returned_prisma() { returned_better_auth "$1" models; }
returned_drizzle() { returned_better_auth "$1" plural; }

compare_crm() {
	local table
	for table in companies deals tasks tags; do
		same "$1: $table" "$(one "SELECT count(*) FROM public.$table" source)" "$(one "SELECT count(*) FROM crm.$table")"
	done
	same "$1: contacts" "$(one "SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, title, background, company_id, sales_id), ',' ORDER BY id)) FROM public.contacts" source)" \
		"$(one "SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, title, background, company_id, sales_id), ',' ORDER BY id)) FROM crm.contacts")"
}
compare_atomic_first() { compare_crm "the first Atomic CRM"; }
compare_atomic_second() { compare_crm "the second Atomic CRM"; }
compare_atomic_third() { compare_crm "the third Atomic CRM"; }
returned_crm() {
	same "$1: new contacts in the source" 50 "$(one "SELECT count(*) FROM public.contacts WHERE first_name = 'Late'" returned)"
}
returned_atomic_first() { returned_crm "the first Atomic CRM"; }
returned_atomic_second() { returned_crm "the second Atomic CRM"; }
returned_atomic_third() { returned_crm "the third Atomic CRM"; }

# project NAME ORGANIZATIONS: creates a project whose first user and organization have the IDs "1", as in other projects.
project() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	psql -Xq1d source -v ON_ERROR_STOP=1 -f "$here/sources/better-auth.sql"
	psql -Xq1d source -v ON_ERROR_STOP=1 -v name="$1" -v organizations="$2" -f - >/dev/null <<-'SQL'
		INSERT INTO "user" (id, name, email, "emailVerified", "createdAt") SELECT CASE WHEN n = 1 THEN '1' ELSE :'name' || n END, 'Person ' || n,
			format('person%s@%s.test', n, :'name'), true, '2025-01-01'::timestamptz + n * interval '1 day' + length(:'name') * interval '1 second' FROM generate_series(1, 400) n;
		INSERT INTO account (id, "accountId", "providerId", "userId", password, "updatedAt") SELECT :'name' || id, id, 'credential', id, repeat('0', 32) || ':' || repeat('0', 128), now() FROM "user";
		INSERT INTO session (id, token, "userId", "expiresAt", "updatedAt") SELECT :'name' || id, :'name' || id, id, '2099-01-01', now() FROM "user";
		INSERT INTO organization (id, name, slug, "createdAt") SELECT n, :'name' || n, :'name' || n, '2025-01-01'::timestamptz + length(:'name') * interval '1 second' FROM generate_series(1, :organizations) n;
		INSERT INTO member (id, "organizationId", "userId", role, "createdAt") SELECT :'name' || u.id, o.id, u.id, 'owner', now() FROM organization o JOIN "user" u ON u.id IN ('1', :'name' || 2);
		INSERT INTO team (id, name, "memberCount", "organizationId", "createdAt") SELECT o.id, 'Team', 1, o.id, now() FROM organization o WHERE o.id = '1';
	SQL
}

# One installation takes several projects, whose IDs are the same. The rows of one project never become those of another.
several_projects() {
	local name
	copy fresh app
	journey=better-auth
	for name in a:1 bb:0 ccc:0 dddd:1; do
		echo "--- project $name"
		rm -rf ./*.yaml ./*.token ./*.ndjson ./*.report.* ./*.rejects.csv
		project "${name%:*}" "${name#*:}"
		tenantry migrate "$journey" plan >out 2>&1 </dev/null || :
		value organization_slug "${name%:*}"
		value owner "person2@${name%:*}.test"
		want 0 'Next: ' tenantry migrate "$journey" plan
		want 0 'go: ' tenantry migrate "$journey" dry-run
		sign_all "$journey"
		want 0 'The migration is done.' tenantry migrate "$journey" run --execute --yes
		psql -Xqd app -c "UPDATE ops.migration SET ended_at = ended_at - interval '3 days'"
		want 0 'The migration is finished' tenantry migrate "$journey" finish --execute --yes
	done
	same "projects: the organizations" "a1 2, bb 399, ccc 399" "$(one "SELECT string_agg(x.slug || ' ' || x.n, ', ' ORDER BY x.slug) FROM (SELECT o.slug, count(*) AS n
		FROM identity.organization o JOIN identity.organization_member m ON m.organization_id = o.id GROUP BY 1) x")"
	same "projects: the user with the ID 1" "person1@a.test a1 a1" "$(one "SELECT concat_ws(' ', u.email, (SELECT string_agg(s.id, ' ') FROM identity.session s WHERE s.user_id = u.id),
		(SELECT string_agg(a.id, ' ') FROM identity.account a WHERE a.user_id = u.id)) FROM identity.\"user\" u WHERE u.id = '1'")"
	# The same project, a second time: all its rows are known, except those that another project had before.
	rm -rf ./*.yaml ./*.token ./*.report.* ./*.rejects.csv
	tenantry migrate "$journey" plan >out 2>&1 </dev/null || :
	want 0 'go: ' tenantry migrate "$journey" dry-run
	same "projects: the same project again" "0 rows written, 1197 known, 7 rejected" "$(grep -o '.* rejected' out | tail -n 1)"
}

# Changes for which a comparison with the target before the run is impossible, since users and organizations stay: a new
# organization, a newcomer with two ways to sign in, a linked user, a role, an ended session and a deleted user.
later_changes() {
	echo "--- later changes"
	rm -rf ./*.yaml ./*.token ./*.ndjson ./*.report.* ./*.rejects.csv ./*.return.*
	copy fresh app
	journey=better-auth
	project a 1
	one "INSERT INTO identity.\"user\" (id, name, email, email_verified) VALUES ('here', 'Here', 'person5@a.test', true); INSERT INTO identity.account
		(id, account_id, provider_id, user_id) VALUES ('here', 'here', 'google', 'here')"
	tenantry migrate "$journey" plan >out 2>&1 </dev/null || :
	decide existing_addresses link
	want 0 'Next: ' tenantry migrate "$journey" plan
	want 0 'go: ' tenantry migrate "$journey" dry-run
	sign_all "$journey"
	want 0 'The migration is done.' tenantry migrate "$journey" run --execute --yes
	psql -Xq1d app -v ON_ERROR_STOP=1 >/dev/null <<-'SQL'
		INSERT INTO identity."user" (id, name, email, email_verified) VALUES ('new', 'New', 'new@a.test', true);
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password) VALUES ('new1', 'new', 'credential', 'new', 'x'), ('new2', 'subject', 'google', 'new', NULL);
		INSERT INTO identity.passkey (id, user_id, credential_id, public_key, device_type, backed_up) SELECT 'key ' || u, u, u, 'x', 'multiDevice', true FROM unnest('{new,here}'::text[]) u;
		INSERT INTO identity.organization (id, name, slug) VALUES ('11111111-1111-1111-1111-111111111111', 'Late', 'late');
		INSERT INTO identity.organization_member (id, organization_id, user_id, role) SELECT 'late ' || u, '11111111-1111-1111-1111-111111111111', u, 'owner' FROM unnest('{a3,new,here}'::text[]) u;
		INSERT INTO identity.organization_member (id, organization_id, user_id, role) SELECT 'first', o.id, 'here', 'admin' FROM identity.organization o WHERE o.slug = 'a1';
		UPDATE identity."user" SET role = 'admin' WHERE id = 'a4';
		DELETE FROM identity.session WHERE id = 'aa6';
		DELETE FROM identity."user" WHERE id = 'a7';
	SQL
	want 0 'The migration is rolled back.' tenantry migrate "$journey" rollback --execute --yes
	want 0 '' psql -Xqd source -v ON_ERROR_STOP=1 -f "$journey.return.sql"
	same "later changes: members" "1 a5 admin, late a3 owner, late a5 owner, late new owner" "$(one "SELECT string_agg(concat_ws(' ', CASE m.\"organizationId\" WHEN '1' THEN '1' ELSE o.slug END, m.\"userId\", m.role), ', '
		ORDER BY o.slug, m.\"userId\") FROM member m JOIN organization o ON o.id = m.\"organizationId\" WHERE m.\"userId\" NOT IN ('1', 'a2')" source)"
	same "later changes: ways to sign in" "credential google key:a5 key:new" "$(one "SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT \"providerId\" AS x FROM account WHERE \"userId\" = 'new'
		UNION ALL SELECT 'key:' || \"userId\" FROM passkey) y" source)"
	same "later changes: the role, the ended session" "admin 398" "$(one "SELECT concat_ws(' ', (SELECT role FROM \"user\" WHERE id = 'a4'), (SELECT count(*) FROM session))" source)"
	same "later changes: events of the deleted user" 0 "$(one "SELECT count(*) FROM identity.event WHERE user_id = 'a7'")"
	grep -q 'the user a7 was deleted here' "$journey.return.txt" && held || fail "the file does not name the deleted user"
}

for role in anon authenticated service_role supabase_auth_admin; do
	psql -Xqc "CREATE ROLE $role NOLOGIN"
done
export UPLOAD_DIR=$work/uploads BETTER_AUTH_URL=http://localhost
for archive in gotrue atomic-crm; do
	mkdir $archive
	tar -xzf "$here/sources/$archive.tar.gz" -C $archive
done
psql -Xqc 'CREATE DATABASE fresh OWNER owner'
target fresh
tenantry schema up >/dev/null
target app
copy fresh app # "inspect --application" needs an installation
[ $# -gt 0 ] || set -- gotrue atomic_first atomic_second atomic_third keycloak auth0 firebase csv better_auth better_auth_plain drizzle prisma several_projects later_changes
for name; do
	case $name in several_projects | later_changes) "$name" ;; *) try "$name" ;; esac
done
summary sources
