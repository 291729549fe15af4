#!/bin/bash
# supabase.sh [ROWS] - runs the supabase journey on a realistic project, on a faulty project and on a large project
#
# BUILD is the build folder.  ROWS is the size of the large project (30000).
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/supabase.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work supabase
export TENANTRY_SQL=$SOURCES
cd "$work"
project=$SOURCES/tests/lib/supabase_project.sh

# printed TEXT: the last command printed TEXT.
printed() {
	grep -qF -- "$1" "$work/out" && held || fail "does not print \"$1\""
}

# shown FILE TEXT: the file of the last command contains TEXT.
shown() {
	grep -qF -- "$2" "$1" && held || fail "$1 has no \"$2\""
}

# begin DATABASE [OPTION...]: creates a project and an empty installation, and removes the files
# of an earlier plan.
begin() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)'
	rm -rf supabase.* backups
	"$project" source "$@"
	copy fresh app
	untouched=$(contents source) before=$(contents app)
}

decide() {
	sed -i "/^  $1:/,/choice:/s/choice:.*/choice: $2/" supabase.yaml
}

sign() {
	sign_all supabase
}

# In this suite, a run is killed at only some of its points, because each takes seconds.
stride=13 journey=supabase

# Prints one value of a query on the target, as a superuser.
one() {
	psql -XAtqd app -c "$1"
}

# --- The project of the customer

psql -Xqc 'CREATE DATABASE fresh OWNER owner'
target fresh
tenantry schema up >/dev/null
target app
begin
want 0 '' tenantry migrate supabase inspect
printed 'system_audit_logs                      1950 rows'
printed 'triggers: on_auth_user_created'
printed 'policies: Service role manages users (all to service_role), Users can view own row (select to authenticated)'
printed 'FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE'
printed 'Nothing was compared with what the application declares'
printed 'public.auditlog: similar to public.system_audit_logs, public.user_audit_logs'
same "accounts without an application user" 5 "$(grep -c '@project.test, signed up on 2025-01-1[12] with google' out)"
want 0 '' tenantry migrate supabase inspect --json
same "tables of the inspection" "19 auth 31 public" "$(node -e '
	const { tables } = JSON.parse(require("fs").readFileSync(0));
	const n = (schema) => tables.filter((t) => t.schema === schema).length + " " + schema;
	console.log(n("auth"), n("public"));' <out)"

want 0 'supabase.yaml' tenantry migrate supabase plan
same "dispositions of the tables of auth" 19 "$(grep -c '^ *- .auth\.[a-z_]*: [0-9]* rows, \(imported\|translated\|dropped\|reported\): ' supabase.yaml)"
shown supabase.yaml 'the password of user7@project.test has a hash of argon2id'
shown supabase.yaml 'owner: admin@project.test'
[[ $(grep -A 2 '^  public.admin_sessions:' supabase.yaml) == *'becomes: skip because administrators sign in again'* ]] && held || fail "tables that nothing reads are skipped for a reason"
want 0 'all tables are as before' tenantry migrate supabase dry-run
sign
TENANTRY_TEST_KILL_AT=2 killed tenantry migrate supabase run --execute --yes
settled
began=$(contents app)
copy app begun
want 0 '2435 rows written, 0 known, 0 rejected' tenantry migrate supabase run --execute --yes
sum=$(checksum)
same "the source after the run" "$untouched" "$(contents source)"
want 0 '0 rejected' tenantry migrate supabase verify
same "the checksum of the verification" "$sum" "$(checksum)"
same "users, members, owners, portal users, accounts, events" "23 23 1 22 22 256" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM identity.\"user\"),
	(SELECT count(*) FROM identity.organization_member), (SELECT count(*) FROM identity.organization_member WHERE acts_as = 'owner'),
	(SELECT count(*) FROM identity.organization_member WHERE acts_as = 'portal' AND sales_id IS NULL),
	(SELECT count(*) FROM identity.account), (SELECT count(*) FROM identity.event WHERE action LIKE 'supabase.%'))")"
same "members have the rights and the rows of their role" 23 "$(one "SELECT count(*) FROM identity.organization_member m
	LEFT JOIN crm.sales s ON s.id = m.sales_id AND s.user_id = m.user_id AND s.administrator
	WHERE m.acts_as = identity.acts_as(m.organization_id, m.role) AND m.grants = identity.grants_of(m.organization_id, m.role)
	AND (m.acts_as = 'portal') = (s.id IS NULL)")"
same "rows of crm.sales" 1 "$(one 'SELECT count(*) FROM crm.sales')"
same "every imported user has an event" 23 "$(one "SELECT count(*) FROM identity.event WHERE action = 'user.created' AND data->>'email' LIKE '%@project.test'")"
same "members, with what is about them" "17 + 5 users, 14 + 9 profiles, 19 contacts, 1 addresses, 14 memberships, 5 waiting, 8 asked for files, 10 payouts of 300.00 EUR, 2 held by disputes, 3 alerts, 1951 audit entries, 0 bookings" "$(one "
	SELECT format('%s + %s users, %s + %s profiles, %s contacts, %s addresses, %s memberships, %s waiting, %s asked for files, %s payouts of 300.00 EUR, '
			'%s held by disputes, %s alerts, %s audit entries, %s bookings',
		(SELECT count(*) FROM membership.users WHERE metadata ? 'auth_user_id'), (SELECT count(*) FROM membership.users WHERE metadata = '{}'),
		(SELECT count(*) FROM membership.user_profiles WHERE created_at < '2026-01-01'), (SELECT count(*) FROM membership.user_profiles WHERE created_at >= '2026-01-01'),
		(SELECT count(*) FROM membership.user_contacts), (SELECT count(*) FROM membership.user_addresses),
		(SELECT count(*) FROM membership.user_memberships), (SELECT count(*) FROM membership.membership_queue WHERE status = 'waiting'),
		(SELECT count(*) FROM membership.kyc_verification WHERE status = 'needs_information' AND reviewer_id IS NULL),
		(SELECT count(*) FROM membership.user_payouts WHERE (amount, currency, status) = (30000, 'EUR', 'requested') AND account_id IS NULL),
		(SELECT count(*) FROM membership.disputes d JOIN membership.user_payouts p ON (p.org_id, p.id, p.member_id) = (d.org_id, d.payout_id, d.member_id)
			WHERE d.status = 'open'), (SELECT count(*) FROM membership.admin_alerts WHERE status = 'open'),
		(SELECT count(*) FROM ops.imported_audit_log), (SELECT count(*) FROM membership.ledger_entries))")"
want 0 'supabase.login' tenantry audit --user user1@project.test
# An archive of the organization contains all of its data.
want 0 '' tenantry org export ada-lovelace --to ada.tar
same "rows in the archive" "22 1951" "$(tar -xOf ada.tar parts/membership/users.ndjson | wc -l) $(tar -xOf ada.tar parts/ops/imported_audit_log.ndjson | wc -l)"
want 0 '' tenantry org import ada.tar --slug again
same "audit entries of the imported archive" 3902 "$(one 'SELECT count(*) FROM ops.imported_audit_log')"
one "UPDATE identity.organization SET deleted_at = now() - interval '1 year' WHERE slug = 'again'" >/dev/null
one "SELECT ops.purge_organizations('0', 100000)" >/dev/null
same "audit entries after the purge" 1951 "$(one 'SELECT count(*) FROM ops.imported_audit_log')"

org=$(one "SELECT id FROM identity.imported_organization WHERE source_id = 'supabase ada-lovelace'")
one "SET app.org_id = '$org'; INSERT INTO crm.contacts (org_id, first_name, last_name, sales_id)
	SELECT '$org', 'Late', 'Comer', s.id FROM crm.sales s WHERE s.email = 'admin@project.test'" >/dev/null
# Adds rows that refer to imported rows: evidence, an account, an approval, a dispute.
one "SET app.org_id = '$org'; INSERT INTO membership.kyc_evidence (verification_id, member_id, kind, type, size, file)
	SELECT v.id, v.member_id, 'front', 'image/png', 9, 'late' FROM membership.kyc_verification v ORDER BY v.id LIMIT 1;
	INSERT INTO membership.payout_accounts (id, member_id, holder, country, last4) SELECT 1, p.member_id, 'Late', 'DE', '3000'
	FROM membership.user_payouts p WHERE NOT EXISTS (SELECT FROM membership.disputes d WHERE d.payout_id = p.id) ORDER BY p.id LIMIT 1;
	SET app.restoring = 'on'; UPDATE membership.user_payouts p SET account_id = 1 FROM membership.payout_accounts a WHERE a.id = 1 AND a.member_id = p.member_id;
	SET app.restoring = ''; UPDATE membership.user_payouts SET status = 'approved' WHERE account_id = 1;
	INSERT INTO membership.disputes (payout_id, reason) SELECT p.id, 'late' FROM membership.user_payouts p WHERE account_id = 1" >/dev/null
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
for rows in '1 rows of crm.contacts' '1 rows of membership.kyc_evidence' '1 rows of membership.payout_accounts' '2 rows of membership.ledger_entries'; do
	shown supabase.return.txt "$rows of the organization ada-lovelace"
done
for row in user_payouts.*changed disputes.*created; do
	grep -q "the row [0-9]* of membership.$row after the migration" supabase.return.txt && held || fail "return.txt has no $row"
done
same "the target after the rollback" "$(grep -v '^ops.file' <<<"$before")" "$(contents app | grep -v '^ops.file')"
kill_everywhere forward begun "$sum" tenantry migrate supabase run --execute --yes
same "points where a run was killed" yes "$([ "$points" -gt 100 ] && echo yes || echo "only $points")"
kill_at_random 3 begun "$sum" tenantry migrate supabase run --execute --yes
psql -Xq -c 'ALTER DATABASE app RENAME TO complete'
kill_everywhere back complete "$began" tenantry migrate supabase rollback --execute --yes
kill_at_random 3 complete "$began" tenantry migrate supabase rollback --execute --yes
copy complete app
same "the source after all" "$untouched" "$(contents source)"

# A second run finds nothing to do, once the first run can no longer be undone.
one "UPDATE ops.migration SET ended_at = now() - interval '49 hours' WHERE state = 'done'" >/dev/null
want 0 '' tenantry migrate supabase finish --execute --yes
same "rejected rows and keys after finish" "0 0" "$(one "SELECT (SELECT count(*) FROM ops.migration_reject) || ' ' || (SELECT count(*) FROM ops.migration_row)")"
rm supabase.*
want 0 '' tenantry migrate supabase plan
want 0 '' tenantry migrate supabase dry-run
sign
want 0 '0 rows written, 2433 known, 0 rejected' tenantry migrate supabase run --execute --yes
same "users" 23 "$(one 'SELECT count(*) FROM identity."user"')"

# --- A project with faulty rows, into an installation with users

begin factors dirty
psql -Xqd source -c 'ALTER TABLE public.user_audit_logs ALTER created_at TYPE text' \
	-c "INSERT INTO public.user_audit_logs (action, created_at) VALUES ('late', 'some day')" \
	-c "UPDATE auth.refresh_tokens SET updated_at = '294276-06-01 00:00:00+00' WHERE id = (SELECT min(id) FROM auth.refresh_tokens)"
psql -Xqd source -c "UPDATE public.payout_management p SET status = x.status FROM (SELECT o.id, (ARRAY['Completed', 'processing'])[row_number() OVER (ORDER BY o.id)]
		AS status FROM public.payout_management o WHERE NOT EXISTS (SELECT FROM public.disputes d WHERE d.payout_id = o.id) ORDER BY 1 LIMIT 2) x WHERE x.id = p.id" \
	-c "UPDATE public.kyc_verification k SET status = x.status FROM (SELECT o.id, (ARRAY['verified', 'odd'])[row_number() OVER (ORDER BY o.id)]
		AS status FROM public.kyc_verification o ORDER BY 1 LIMIT 2) x WHERE x.id = k.id" \
	-c "INSERT INTO public.disputes VALUES (gen_random_uuid(), NULL, 'about nothing')" \
	-c "INSERT INTO public.admin (email, created_at, updated_at) VALUES ('USER4@project.test', now(), now())" \
	-c "INSERT INTO public.system_audit_logs (id, action, created_at) SELECT gen_random_uuid(), 'LOGIN', now() FROM generate_series(1, 600)"
untouched=$(contents source)
want 0 '' env BETTER_AUTH_URL=http://localhost tenantry user create user9@project.test 'Nine Here'
one 'UPDATE identity."user" SET email_verified = true' >/dev/null
before=$(contents app)
want 0 '' tenantry migrate supabase plan
shown supabase.yaml '2 users have this address'
shown supabase.yaml 'webauthn of user5@project.test: the only factor'
shown supabase.yaml 'has no subject: '
shown supabase.yaml 'has no user: '
shown supabase.yaml 'deleted@project.test was deleted on'
shown supabase.yaml 'the OAuth client A client (https://client.test/back)'
shown supabase.yaml 'the identity provider corporate of the domains corporate.test'
want 1 'decide unsupported_factors' tenantry migrate supabase dry-run
decide unsupported_factors mail
export TENANTRY_TWO_FACTOR_MAIL=on
decide existing_addresses link
decide approvals_without_files keep
sed -i 's/^  owner: .*/  owner: nobody@project.test/' supabase.yaml
want 1 'no user of the source has this address' tenantry migrate supabase plan
sed -i 's/^  owner: .*/  owner: user3@project.test/' supabase.yaml
want 0 '' tenantry migrate supabase plan
want 0 '' tenantry migrate supabase dry-run
sign
want 0 '' tenantry migrate supabase run --execute --yes
for reason in 'is not an email address' 'the name has 999 characters, at most 500 are possible' 'is infinite' \
	'another user has the address user1@project.test' 'invalid input syntax for type timestamp with time zone: ""some day""' \
	'timestamp out of range' 'it has no subject of the provider' 'its user was left out' 'it has no time' 'the status ""odd"" of a verification is not known here' 'the status ""processing"" of a payout is not known here' \
	'its user is missing'; do
	shown supabase.rejects.csv "$reason"
done
same "the linked user keeps the name and gets the account" "Nine Here google" "$(one "SELECT u.name || ' ' || a.provider_id
	FROM identity.\"user\" u JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'google' WHERE u.email = 'user9@project.test'")"
same "second factors" "user1 t, user2 t, user4 f, user5 f" "$(one "SELECT string_agg(split_part(u.email, '@', 1) || ' ' ||
	(f.secret IS NOT NULL), ', ' ORDER BY u.email) FROM identity.two_factor f JOIN identity.\"user\" u ON u.id = f.user_id
	WHERE u.two_factor_enabled" | sed 's/true/t/g; s/false/f/g')"
same "the owner" user3@project.test "$(one "SELECT u.email FROM identity.organization_member m JOIN identity.\"user\" u ON u.id = m.user_id
	JOIN identity.imported_organization o ON o.id = m.organization_id WHERE m.role = 'owner'")"
same "roles" "admin admin@project.test,user4@project.test owner user3@project.test" "$(one "SELECT string_agg(x.role || ' ' || x.who, ' ' ORDER BY x.role)
	FROM (SELECT m.role, string_agg(u.email, ',' ORDER BY u.email) AS who FROM identity.organization_member m
	JOIN identity.imported_organization o ON o.id = m.organization_id JOIN identity.\"user\" u ON u.id = m.user_id
	WHERE m.role <> 'portal' GROUP BY 1) x")"
same "what is decided in the source" "paid 30000 EUR, approved for 365 days" "$(one "SELECT concat_ws(', ', (SELECT string_agg(concat_ws(' ', status, amount, currency), ', ')
	FROM membership.user_payouts WHERE status <> 'requested'), (SELECT string_agg(format('%s for %s days', status, expires_on - submitted_at::date), ', ')
	FROM membership.kyc_verification WHERE status <> 'needs_information'))")"
# A user who has since created another organization remains, and can sign in.
one "INSERT INTO identity.organization (id, name, slug) VALUES (md5('elsewhere')::uuid, 'Elsewhere', 'elsewhere')" >/dev/null
one "INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	SELECT 'elsewhere', md5('elsewhere')::uuid, u.id, 'owner' FROM identity.\"user\" u WHERE u.email = 'user2@project.test'" >/dev/null
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
shown supabase.return.txt 'user2@project.test stays, with the ways to sign in: the first owner of the organization elsewhere'
same "users after the rollback, with their accounts and factors" "user2@project.test credential t" "$(one "
	SELECT string_agg(u.email || ' ' || a.provider_id || CASE WHEN EXISTS (SELECT FROM identity.two_factor f WHERE f.user_id = u.id)
		THEN ' t' ELSE ' f' END, ', ' ORDER BY u.email)
	  FROM identity.\"user\" u JOIN identity.account a ON a.user_id = u.id")"
one "DELETE FROM identity.organization WHERE slug = 'elsewhere'" >/dev/null
one "SET migration.id = '0'; SET app.importing = 'on'; DELETE FROM identity.event e USING identity.\"user\" u
	WHERE e.user_id = u.id AND u.email = 'user2@project.test'; DELETE FROM identity.\"user\" WHERE email = 'user2@project.test'" >/dev/null
same "the target after the rollback of the bad project" "$before" "$(contents app)"
same "the bad project" "$untouched" "$(contents source)"

# --- A large project

# feed: numbers the changes, as tenantry-jobs does.
feed() {
	until [ "$(one "SELECT ops.number_changes(10000)")" = 0 ]; do :; done
}

# numbered: prints the numbers of the changes of the organization.
numbered() {
	one "SELECT min(c.seq) || ' to ' || max(c.seq) || ', ' || count(*) FROM ops.change c
		JOIN identity.imported_organization o ON o.id = c.org_id"
}

rows=${1:-30000}
begin "rows=$rows"
want 0 '' tenantry migrate supabase plan
want 0 'all tables are as before' tenantry migrate supabase dry-run
sign
want 0 '0 known, 0 rejected' tenantry migrate supabase run --execute --yes
grep -a 'rows/s' out | tr '\r' '\n' | tail -n 1
sum=$(checksum)
feed
told=$(numbered)
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
# A rollback removes changes, but the feed does not return to an earlier number.
same "the target after the rollback of the large project" "$(grep -v '^ops.feed_state' <<<"$before")" "$(contents app | grep -v '^ops.feed_state')"
feed
want 0 '' tenantry migrate supabase dry-run
sign
want 0 '0 known, 0 rejected' tenantry migrate supabase run --execute --yes
same "the checksum of the second run" "$sum" "$(checksum)"
feed
same "numbers of the changes of the second run" "$told" "$(numbered)"
same "changes that are set aside" 0 "$(one "SELECT count(*) FROM ops.aside")"
same "the large project" "$untouched" "$(contents source)"
summary supabase
