#!/bin/bash
# people.sh - imported people can sign in, their rows fulfill the promises of the API, and their changes survive a
# rollback
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/people.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work people
export TENANTRY_SQL=$SOURCES
cd "$work"

# printed TEXT: the last command printed TEXT.
printed() {
	grep -qF -- "$1" "$work/out" && held || fail "does not print \"$1\""
}

# shown FILE TEXT: the file of the last command contains TEXT.
shown() {
	grep -qF -- "$2" "$1" && held || fail "$1 has no \"$2\""
}

decide() {
	sed -i "/^  $1:/,/choice:/s/choice:.*/choice: $2/" supabase.yaml
}

# Prints one value of a query on the target, as a superuser.
one() {
	psql -XAtqd app -c "$1"
}

# named RULE: prints the addresses that the report names for a rule.
named() {
	node -e 'const report = JSON.parse(require("fs").readFileSync("supabase.report.json"));
		console.log(report.verdicts.find((v) => v.rule === process.argv[1]).rows.map((row) => row.replace(/^\S+ /, "")).sort().join(" "));' "$1"
}

# kinds: prints the number of people, and of those who are refused, for each kind of
# sign-in.
kinds() {
	node -e 'const report = JSON.parse(require("fs").readFileSync("supabase.report.json"));
		for (const v of report.verdicts.filter((v) => v.rule.startsWith("sign_in.")).sort((a, b) => a.rule < b.rule ? -1 : 1))
			console.log(v.rule.slice(8) + ": " + v.detail);'
}

# --- Nobody is locked out

psql -Xqc 'CREATE DATABASE app OWNER owner'
"$SOURCES/tests/lib/supabase_project.sh" source factors
target app
tenantry schema up >/dev/null
want 0 '' tenantry migrate supabase plan
# Codes by email are off by default, so these people would have no second factor.
decide unsupported_factors mail
want 1 'locked_out' tenantry migrate supabase plan
same "people whom a blocker names" "user4 user5 user9" "$(sed -n 's/.*- \S*: \(user[0-9]*\)@project.test would be asked for a code by mail.*/\1/p' out | paste -sd ' ')"
want 1 'blocker locked_out' tenantry migrate supabase dry-run
want 0 '' env TENANTRY_TWO_FACTOR_MAIL=on tenantry migrate supabase plan
decide unsupported_factors drop
want 0 '' tenantry migrate supabase plan
# The plan and the report name everyone who has to set a password.
printed 'user7@project.test has a password that is not read here'
printed 'google, which is not set up here'
same "people whom a note names" 15 "$(sed -n '/no_way_in: /,/^  [a-z]/p' out | grep -c '@project.test has ')"
want 0 'go: ' tenantry migrate supabase dry-run
shown supabase.report.html 'user7@project.test'
same "people whom the report names" "admin user10 user11 user12 user13 user14 user15 user16 user17 user18 user19 user20 user21 user22 user7 user9" \
	"$(named people.password_first | sed 's/@project.test//g')"
same "kinds of sign-ins" "a link by mail: 16, 5 tried, 0 refused
a password (bcrypt \$2a\$06\$): 2, 2 tried, 0 refused
a password (bcrypt \$2b\$06\$): 1, 1 tried, 0 refused
a password (bcrypt \$2b\$06\$) and an authenticator: 1, 1 tried, 0 refused
a password (bcrypt \$2y\$06\$): 1, 1 tried, 0 refused
a password (bcrypt \$2y\$06\$) and an authenticator: 1, 1 tried, 0 refused" "$(kinds)"
same "people who are banned" user8@project.test "$(named people.barred)"
# The other methods: a code by email, a provider, a session that has just ended, and a hash that no password matches.
psql -Xqd source -c "UPDATE auth.users SET encrypted_password = regexp_replace(encrypted_password, '06', '31') WHERE email LIKE 'user3@%'" \
	-c 'UPDATE auth.sessions SET updated_at = now(), refreshed_at = now()'
export TENANTRY_TWO_FACTOR_MAIL=on GOOGLE_CLIENT_ID=id
decide unsupported_factors mail
want 0 'no_way_in' tenantry migrate supabase plan
printed 'user3@project.test has a password that is not read here'
want 0 'go: ' tenantry migrate supabase dry-run
same "the other kinds of sign-ins" "a link by mail: 3, 3 tried, 0 refused
a password (bcrypt \$2b\$06\$) and a code by mail: 2, 2 tried, 0 refused
a password (bcrypt \$2y\$06\$) and a code by mail: 2, 2 tried, 0 refused
a session that has ended: 15 tried, 0 without a message
an account of google: 14, 5 tried, 0 refused" "$(kinds | grep 'mail\|session\|google')"
same "people whom the report names, with Google" "admin user3 user7" "$(named people.password_first | sed 's/@project.test//g')"
sign_all supabase
want 0 'The migration is done.' tenantry migrate supabase run --execute --yes
before=$(contents app)
want 0 'go: ' tenantry migrate supabase verify
same "the target after everybody has signed in" "$before" "$(contents app)"
# Methods that a source may also have: backup codes, and sessions that continue.
one "INSERT INTO identity.backup_code (user_id, code_hash) SELECT user_id, sha256('code') FROM identity.two_factor WHERE secret IS NOT NULL;
	INSERT INTO identity.session (id, token_hash, user_id, created_at, expires_at, active_organization_id) SELECT 'session ' || u.id, sha256(u.id::bytea), u.id,
		'2020-01-01', now() + interval '1 day', u.last_organization_id FROM identity.\"user\" u WHERE u.email LIKE 'user2@%'"
want 0 'go: ' tenantry migrate supabase verify
same "kinds with backup codes and sessions" "a password (bcrypt \$2b\$06\$) and a backup code: 1, 1 tried, 0 refused
a password (bcrypt \$2y\$06\$) and a backup code: 1, 1 tried, 0 refused
a session from before the run: 1, 1 tried, 0 refused" "$(kinds | grep 'backup\|before')"
# A user whose address is not verified verifies it by a link, if the installation requires that.
want 0 'go: ' env TENANTRY_REQUIRE_VERIFICATION=on tenantry migrate supabase verify
same "people who verify their address" "$(one "SELECT string_agg(u.email, ' ' ORDER BY u.email) FROM identity.\"user\" u WHERE u.banned IS NOT TRUE
		AND (u.email ~ '^(admin|user3|user7)@' OR NOT u.email_verified AND NOT EXISTS (SELECT FROM identity.account a
			WHERE a.user_id = u.id AND a.provider_id = 'google'))")" "$(named people.password_first)"
# People who have a second factor sign with it.
one "UPDATE identity.\"user\" SET role = 'admin' WHERE email = 'user1@project.test'"
key=$(psql -XAtqd source -c "SELECT f.secret FROM auth.mfa_factors f JOIN auth.users u ON u.id = f.user_id WHERE u.email = 'user1@project.test'
	AND f.factor_type = 'totp' AND f.status = 'verified'")
code() { node -e 'import("'"$SOURCES"'/tests/lib/totp.mjs").then((totp) => console.log(totp.totpOf(process.argv[1])))' "$key"; }
with_code() { printf 'supabase password 1\n%s\n' "$1" | tenantry migrate supabase sign backup reviewed user1@project.test; }
want 1 'that is not the code of user1@project.test' with_code 123
want 0 '' with_code "$(code)"
want 0 'user1@project.test (password and authenticator)' tenantry migrate supabase status
one "UPDATE identity.\"user\" SET role = NULL WHERE email = 'user1@project.test'"
# Faults that lock people out are a no-go that names the people: a setting, and a lost
# key.
one "UPDATE identity.two_factor SET secret = 'lost' WHERE user_id = (SELECT min(user_id) FROM identity.two_factor WHERE secret IS NOT NULL)"
want 1 'has an authenticator whose key cannot be read' env TENANTRY_TWO_FACTOR_MAIL= tenantry migrate supabase verify
printed 'NO-GO: people.locked_out: Everybody can sign in who is not banned or disabled: 2 people cannot'
same "people who are locked out" "user4 is asked for a second factor that no method can give user5 is asked for a second factor that no method can give" \
	"$(named people.locked_out | sed 's/@project.test//g')"
unset TENANTRY_TWO_FACTOR_MAIL GOOGLE_CLIENT_ID
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
rm -f supabase.*
unset TENANTRY_TWO_FACTOR_MAIL GOOGLE_CLIENT_ID
want 0 '' env GOOGLE_CLIENT_ID=id tenantry migrate supabase plan
same "people whom a note names, with Google" "user3 user7" "$(sed -n '/no_way_in: /,/^  [a-z]/s/.*- \S*: \(.*\)@project.test has .*/\1/p' out | sort | paste -sd ' ')"

# --- Imported rows fulfill the promises of the API

psql -Xqc 'DROP DATABASE source WITH (FORCE)'
rm -f supabase.*
"$SOURCES/tests/lib/supabase_project.sh" source
# Contact groups without a default contact, a group whose default contact is rejected, and verifications in all states.
psql -Xqd source >/dev/null <<-'SQL'
	UPDATE public.user_contacts SET is_primary = false WHERE id IN (SELECT id FROM public.user_contacts ORDER BY id LIMIT 3);
	INSERT INTO public.user_contacts SELECT x.id, u.id, 'phone', x.value, x.first FROM (SELECT id FROM public.users ORDER BY id LIMIT 1) u,
		(VALUES ('00000000-0000-0000-0000-000000000001'::uuid, 'call me', true), ('00000000-0000-0000-0000-000000000002', '+33 1', false),
			('00000000-0000-0000-0000-000000000003', '+33 2', false)) x (id, value, first);
	UPDATE public.user_contacts SET is_primary = false WHERE kind = 'phone' AND id > '00000000-0000-0000-0000-000000000003'
		AND user_id = (SELECT id FROM public.users ORDER BY id LIMIT 1);
	UPDATE public.kyc_verification k SET status = x.status FROM (SELECT o.id, (ARRAY['verified', 'pending', 'odd'])[row_number() OVER (ORDER BY o.id)]
		AS status FROM public.kyc_verification o LIMIT 3) x WHERE x.id = k.id;
SQL
want 0 'approvals_without_files' tenantry migrate supabase plan
want 1 'decide approvals_without_files' tenantry migrate supabase dry-run
decide approvals_without_files ask
want 0 'go: ' tenantry migrate supabase dry-run
shown supabase.rejects.csv '""call me"" is not a valid phone number'
shown supabase.rejects.csv 'the status ""odd"" of a verification is not known here'
decide approvals_without_files keep
want 0 'go: ' tenantry migrate supabase dry-run
sign_all supabase
want 0 'The migration is done.' tenantry migrate supabase run --execute --yes
org=$(one "SELECT id FROM identity.imported_organization")
same "groups of contacts without a default" 0 "$(one "SELECT count(*) FROM (SELECT FROM membership.user_contacts GROUP BY member_id, kind
	HAVING count(*) FILTER (WHERE is_default) <> 1) x")"
same "verifications" "approved 1 needs_information 6" "$(one "SELECT string_agg(x.status || ' ' || x.n, ' ' ORDER BY x.status)
	FROM (SELECT status, count(*) AS n FROM membership.kyc_verification GROUP BY 1) x")"
want 0 'go: ' tenantry migrate supabase verify
# The first change of an imported row through the API, with its current values.
same "resources whose imported rows can be changed" "$(echo configuration kyc_verification membership_queue sales user_addresses \
	user_appearance_settings user_contacts user_memberships user_notification_preferences user_payment_settings user_privacy_settings \
	user_profiles user_security_settings user_settings)" "$(first_changes)"
# A contact is no longer the default, because another program changed that.
one "SET app.org_id = '$org'; SET session_replication_role = replica; UPDATE membership.user_contacts SET is_default = false
	WHERE id = (SELECT min(id) FROM membership.user_contacts WHERE is_default)" >/dev/null
want 1 'NO-GO: target_promises' tenantry migrate supabase verify
one "SET app.org_id = '$org'; SET session_replication_role = replica; UPDATE membership.user_contacts c SET is_default = true
	WHERE NOT EXISTS (SELECT FROM membership.user_contacts o WHERE o.member_id = c.member_id AND o.kind = c.kind AND o.is_default)
	AND id = (SELECT min(o.id) FROM membership.user_contacts o WHERE o.member_id = c.member_id AND o.kind = c.kind)" >/dev/null
# The jobs of the next minutes purge expired sessions and end expired approvals.
same "imported sessions that have expired" 59 "$(one 'SELECT count(*) FROM identity.migrated_session WHERE expires_at <= now()')"
one "SELECT ops.sweep()" >/dev/null
same "approvals that end" 1 "$(one "SET app.org_id = '$org'; SELECT membership.expire_verifications('$org', 100)" | tail -n 1)"
want 0 'go: ' tenantry migrate supabase verify
# A verification under review without files could be approved, which would release the payouts of its member.
one "SET app.org_id = '$org'; SET app.restoring = 'on'; UPDATE membership.kyc_verification SET status = 'in_review'
	WHERE id = (SELECT min(id) FROM membership.kyc_verification WHERE status = 'needs_information')" >/dev/null
want 1 'NO-GO: target_evidence' tenantry migrate supabase verify
# A rejected row that is retried does not replace a default.
want 0 '' tenantry migrate supabase retry-rejects 160_user_contacts

# --- People who get no email about maintenance are named
want 0 '' tenantry maintenance schedule "$(date -u -d '+20 hours' '+%F %H:00 UTC')" 60 'We move.'
want 0 'Not notified, since the address is not verified:' env BETTER_AUTH_URL=http://localhost TENANTRY_MAIL_TEMPLATES="$SOURCES/share/mail" tenantry maintenance preview
printed '  admin@project.test'
same "members who get a mail, and who do not" "$(one "SELECT count(*) FILTER (WHERE email_verified) || ' ' || count(*) FILTER (WHERE NOT email_verified)
	FROM identity.\"user\" WHERE banned IS NOT TRUE")" "$(sed -n 's/^24 hours .* \([0-9]*\) users$/\1/p' out) $(sed -n '/^Not notified/,/^$/p' out | grep -c @)"
want 0 '' tenantry maintenance cancel

# --- A rollback keeps later changes by people

one "SET app.org_id = '$org'; INSERT INTO membership.user_contacts (member_id, kind, value) SELECT p.id, x.kind, x.value
	FROM (SELECT member_id AS id FROM membership.user_contacts ORDER BY id LIMIT 1) p, (VALUES ('phone', '+33 99'), ('web', 'https://late.test')) x (kind, value);
	UPDATE membership.user_contacts SET value = '+49 1' WHERE id = (SELECT max(id) FROM membership.user_contacts WHERE kind = 'phone' AND value LIKE '+%');
	UPDATE membership.user_addresses SET city = 'O''Fallon'; UPDATE crm.configuration SET time_zone = 'Europe/Paris';
	DELETE FROM membership.user_contacts WHERE id = (SELECT min(id) FROM membership.user_contacts WHERE kind = 'email')" >/dev/null
contacts=$(psql -XAtqd source -c 'SELECT count(*) FROM public.user_contacts')
now=$(contents app)
want 0 'Next: tenantry migrate supabase rollback --execute' tenantry migrate supabase rollback
printed 'Nothing is changed.'
grep -Eq '^  160_user_contacts +21 rows$' out && held || fail "a preview has the rows of each step"
same "the target after a preview" "$now" "$(contents app)"
for text in 'was created' 'was changed' 'was deleted' '1 rows of crm.configuration of the organization ada-lovelace were changed'; do
	shown supabase.return.txt "$text"
done
want 0 '"written_since":9,' tenantry migrate supabase rollback --json
# Without space for the archive, nothing is deleted.
mkdir -p none
want 1 'cannot be exported, so nothing is deleted; --no-archive deletes it without' env UPLOAD_DIR=/nonexistent PATH="$PATH" DATABASE_URL="$DATABASE_URL" bash -c '
	ulimit -f 100; tenantry migrate supabase rollback --execute --yes'
same "users after a refused rollback" 23 "$(one 'SELECT count(*) FROM identity."user"')"
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
printed 'has the organization ada-lovelace as it is'
# Runs the statements for the source. Statements that the source refuses are conflicts, and the others count.
psql -Xqd source -f supabase.return.sql >out 2>&1 </dev/null
same "conflicts" "1 user_contacts_kind_check" "$(grep -c ERROR out) $(grep -o 'user_contacts_kind_check' out | sort -u)"
same "contacts in the source" "$((contacts)) +33 99 +49 1 O'Fallon" "$(psql -XAtqd source -c "SELECT concat_ws(' ', (SELECT count(*) FROM public.user_contacts),
	(SELECT string_agg(value, ' ' ORDER BY value) FROM public.user_contacts WHERE value IN ('+33 99', '+49 1')), (SELECT city FROM public.user_addresses))")"
# The archive contains the organization as it was.
want 0 '' tenantry org import supabase.*.ada-lovelace.tar
same "what the source cannot hold" "https://late.test Europe/Paris" "$(one "SELECT (SELECT value FROM membership.user_contacts WHERE kind = 'web') || ' ' ||
	(SELECT time_zone FROM crm.configuration)")"
summary people
