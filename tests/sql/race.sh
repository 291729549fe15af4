#!/bin/bash
# race.sh - concurrent attempts at operations that must happen once
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_race
said=$(mktemp)
trap 'rm -f "$said"' EXIT
sql_database $db || exit 1

# All sessions wait for a lock. Then each session runs the statement as the application, with
# its number instead of {}, in a transaction that waits before it commits.
race() { # arguments: the number of racers, the statement
	local n
	: >"$said"
	run_sql $db -c "SELECT pg_advisory_lock(42), pg_sleep(0.7)" >/dev/null &
	sleep 0.2
	for n in $(seq "$1"); do
		run_sql $db >>"$said" 2>&1 <<-SQL &
			SET ROLE tenantry_app;
			BEGIN;
			SELECT pg_advisory_xact_lock_shared(42) IS NULL;
			${2//\{\}/$n}
			SELECT pg_sleep(0.05) IS NULL;
			COMMIT;
		SQL
	done
	wait
}

# Begins a transaction that runs the statements and remains open during another action.
open_transaction() { # statements
	run_sql $db >"$said" 2>&1 <<-SQL &
		BEGIN;
		$1
		SELECT 'is open';
		SELECT pg_sleep(0.7);
		COMMIT;
	SQL
	until grep -qE 'is open|ERROR' "$said"; do sleep 0.02; done
}

check() { # arguments: the query, the expected result, the name of the check
	run_sql $db -c "SELECT test.is(($1)::text, '$2', '$3')" >/dev/null
}

race 8 "SELECT test.sign_up('first{}');"
check "SELECT count(*) FROM identity.organization" 1 \
	"of eight first sign-ups one founds an organization"
check "SELECT count(*) FROM identity.\"user\"" 1 "and the others are refused"
check "SELECT count(*) FROM crm.sales WHERE administrator" 1 "there is one administrator"
[ "$(grep -c 'ERROR:  EMAIL_PASSWORD_SIGN_UP_DISABLED' "$said")" = 7 ] || echo "NOTICE:  not ok - $(cat "$said")"

race 8 "SELECT test.sign_up('same{}', open => true, email => 'same@example.test');"
check "SELECT count(*) FROM identity.\"user\" WHERE email = \$\$same@example.test\$\$" 1 \
	"an address signs up once"

run_sql $db >/dev/null <<'SQL'
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, role, expires_at, inviter_id)
SELECT 'open', sha256('open'), organization_id, 'member', now() + interval '1 day', user_id
  FROM identity.organization_member;
SQL
race 8 "SELECT test.sign_up('guest{}', 'open');"
check "SELECT count(*) FROM identity.\"user\" WHERE id LIKE \$\$guest%\$\$" 1 "a link lets one in"

run_sql $db -c "UPDATE identity.organization_invitation SET status = 'pending'"
for n in 1 2 3 4 5 6; do
	run_sql $db -c "SELECT test.sign_up('free$n', open => true)" >/dev/null
done
# An accepted invitation gives the session a new token, but test.as() finds the session by its
# first token.
keep_tokens() {
	run_sql $db -c "UPDATE identity.session SET token_hash = sha256(user_id::bytea) WHERE token_hash IN (
		SELECT sha256((name || n)::bytea) FROM unnest('{open,room,both}'::text[]) name, generate_series(1, 8) n)"
}
race 6 "SELECT test.as('free{}', 'user'); SELECT identity.accept_invitation('open', false, 'open{}', sha256('open{}'));"
keep_tokens
check "SELECT count(*) FROM identity.organization_member WHERE user_id LIKE \$\$free%\$\$" 1 \
	"an invitation is accepted once"

user=$(run_sql $db -c "SELECT user_id FROM identity.organization_member WHERE role = 'owner'")
race 8 "SELECT test.as('$user', key => 'k'); INSERT INTO crm.tags (name, color) VALUES ('{}', 'red'); SELECT ops.keep_answer('{}', NULL);"
check "SELECT count(*) FROM crm.tags" 1 "a key has one effect"
check "SELECT body = name FROM ops.idempotency_key, crm.tags" true "and its answer"
[ "$(grep -cE 'ERROR: .*(still running|answered before)' "$said")" = 7 ] || echo "NOTICE:  not ok - $(cat "$said")"

run_sql $db >/dev/null <<-SQL
	SET ROLE tenantry_app; BEGIN; SELECT test.as('$user');
	INSERT INTO crm.deals (name, stage) SELECT 'card ' || n, 'lost' FROM generate_series(1, 8) n;
	COMMIT;
SQL
race 8 "SELECT test.as('$user'); SELECT crm.place_deal(id, 'won', 0, NULL, NULL) FROM crm.deals WHERE name = 'card {}';"
check "SELECT string_agg(index::text, \$\$ \$\$ ORDER BY index) FROM crm.deals WHERE stage = \$\$won\$\$" "0 1 2 3 4 5 6 7" \
	"of eight who drag into an empty column each gets a place"

race 8 "SELECT test.as('$user', 'user'); SELECT identity.invite_member('i{}', NULL, NULL, 'once@example.test', 'member', false, 'https://t.test/', 'en', false);"
check "SELECT count(*) FROM identity.organization_invitation WHERE email = \$\$once@example.test\$\$" 1 \
	"an address is invited once"
race 8 "SELECT test.as('$user', 'user'); SELECT identity.create_organization('o', 'slug', NULL, NULL, true);"
check "SELECT count(*) FROM identity.organization WHERE slug = \$\$slug\$\$" 1 "a slug is taken once"

race 8 "SELECT identity.sign_in_begin('n{}@example.test', '192.0.2.1', '/sign-in/email', true);"
check "SELECT count FROM identity.rate_limit WHERE key LIKE \$\$192%\$\$" 3 "three attempts pass a limit of three"
[ "$(grep -c 'ERROR:  Too many requests' "$said")" = 5 ] || echo "NOTICE:  not ok - $(cat "$said")"
race 8 "SELECT identity.sign_in_begin('victim@example.test', '198.51.100.{}', '/sign-in/email', true);"
grep -q 'ERROR' "$said" && echo "NOTICE:  not ok - $(cat "$said")" ||
	echo "NOTICE:  ok - the free attempts at an account pass at once, from anywhere"
run_sql $db -c "UPDATE identity.rate_limit SET count = 30, last_request = now() - interval '2 minutes'
	WHERE key = identity.account_key('victim@example.test')"
race 8 "SELECT identity.sign_in_begin('victim@example.test', '203.0.113.{}', '/sign-in/email', true);"
[ "$(grep -c 'ERROR:  Too many requests' "$said")" = 7 ] &&
	echo "NOTICE:  ok - of later attempts one passes, from anywhere" ||
	echo "NOTICE:  not ok - $(cat "$said")"

run_sql $db >/dev/null <<-SQL
	SET ROLE tenantry_app; BEGIN; SELECT test.as('$user');
	INSERT INTO crm.webhooks (url, secret) SELECT 'https://hook.example/' || n, 's' FROM generate_series(1, 18) n;
	COMMIT;
SQL
race 8 "SELECT test.as('$user'); INSERT INTO crm.webhooks (url, secret) VALUES ('https://race.example/{}', 's');"
check "SELECT count(*) FROM crm.webhooks" 20 "an organization gets no more webhooks than it may have"
[ "$(grep -c 'ERROR:  an organization may have at most 20 webhooks' "$said")" = 6 ] || echo "NOTICE:  not ok - $(cat "$said")"

# A user is banned while sessions are opened.
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('chief', open => true);
UPDATE identity."user" SET role = 'admin' WHERE id = 'chief';
SELECT test.sign_up('barred' || n, open => true) FROM generate_series(1, 4) n;
SQL
race 8 "SELECT test.as(CASE {} % 2 WHEN 1 THEN 'barred' || ({} + 1) / 2 ELSE 'chief' END, 'user');
SELECT CASE {} % 2 WHEN 1 THEN identity.change_password('x', true, 'n{}', sha256('n{}'), '', '', 'hash')
	ELSE identity.admin_ban_user('barred' || {} / 2, NULL, NULL) END;"
check "SELECT count(*) FROM identity.session WHERE user_id LIKE \$\$barred%\$\$" 0 "no session outlives a ban"

# A user is banned while API keys are created.
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('keyed' || n, open => true) FROM generate_series(1, 4) n;
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'keyed' || n, (SELECT id FROM identity.organization LIMIT 1), 'keyed' || n, 'member'
  FROM generate_series(1, 4) n;
SQL
org=$(run_sql $db -c "SELECT organization_id FROM identity.organization_member WHERE id = 'keyed1'")
race 8 "SELECT test.as(CASE {} % 2 WHEN 1 THEN 'keyed' || ({} + 1) / 2 ELSE 'chief' END, 'user');
SELECT pg_sleep({} % 2 * 0.02) IS NULL;
SELECT CASE {} % 2 WHEN 1 THEN identity.create_api_key('k{}', sha256('k{}'), 'k',
		json_build_object('organizationId', '$org'))
	ELSE identity.admin_ban_user('keyed' || {} / 2, NULL, NULL) END;"
check "SELECT count(*) FROM identity.api_key WHERE enabled" 0 "nor does an API key that opens anything"
check "SELECT count(*) FROM identity.\"user\" WHERE id LIKE \$\$keyed_\$\$ AND banned" 4 "and all are banned"

# Two owners remove each other, or both leave.
owners() { # arguments: the statement, the name of the check
	run_sql $db >/dev/null <<-'SQL'
		DELETE FROM identity.organization WHERE slug = 'pair';
		INSERT INTO identity.organization (name, slug) VALUES ('Pair', 'pair');
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		SELECT 'pair' || n, o.id, 'free' || n, CASE WHEN n < 3 THEN 'owner' ELSE 'member' END
		  FROM identity.organization o, generate_series(1, 3) n WHERE slug = 'pair';
		UPDATE identity.session s SET active_organization_id = o.id
		  FROM identity.organization o WHERE slug = 'pair' AND s.user_id LIKE 'free_';
	SQL
	race 2 "SELECT test.as('free{}', 'user'); $1"
	check "SELECT count(*) FROM identity.organization_member m JOIN identity.organization o
	    ON o.id = organization_id WHERE slug = \$\$pair\$\$ AND m.role = \$\$owner\$\$" 1 "$2"
}
owners "SELECT identity.update_member_role('pair' || (3 - {}), 'member', NULL);" "of two owners one demotes the other"
owners "SELECT identity.update_member_role('pair{}', 'member', NULL);" "of two owners one steps down"
owners "SELECT identity.remove_member('pair' || (3 - {}), NULL);" "of two owners one removes the other"
owners "SELECT identity.leave_organization(current_setting('app.org_id'));" "of two owners one leaves"

# Two owners, whose groups no longer give them the role, sign in.
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('grouped' || n, open => true) FROM generate_series(1, 2) n;
INSERT INTO identity.account (id, account_id, provider_id, user_id)
SELECT 'grouped' || n, 'grouped' || n, 'idp', 'grouped' || n FROM generate_series(1, 2) n;
INSERT INTO identity.organization (name, slug) VALUES ('Grouped', 'grouped');
INSERT INTO identity.organization_member (id, organization_id, user_id, role, group_roles)
SELECT 'grouped' || n, o.id, 'grouped' || n, 'owner', '{"idp": ["owner"]}'
  FROM identity.organization o, generate_series(1, 2) n WHERE slug = 'grouped';
INSERT INTO identity.group_role (id, organization_id, provider_id, group_name, role)
SELECT 'grouped', id, 'idp', 'staff', 'member' FROM identity.organization WHERE slug = 'grouped';
SQL
race 2 "SELECT identity.oauth_enter('idp', 'grouped{}', '', 'grouped{}@example.test', true, NULL, NULL, '{}', NULL,
	false, NULL, true, 'n{}', 'gs{}', sha256('gs{}'), '', '', '[\"staff\"]');"
check "SELECT string_agg(role, \$\$ \$\$ ORDER BY role DESC) FROM identity.organization_member WHERE id LIKE \$\$grouped_\$\$" \
	"owner,member member" "of two owners without the group one stays"
grep -q 'ERROR' "$said" && echo "NOTICE:  not ok - $(cat "$said")" || echo "NOTICE:  ok - and both sign in"

# A user signs up with the link of an administrator who is being demoted.
run_sql $db >/dev/null <<'SQL'
INSERT INTO identity.organization (name, slug) VALUES ('Demoted', 'demoted');
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'demoted' || n, o.id, 'free' || n, CASE n WHEN 1 THEN 'owner' ELSE 'admin' END
  FROM identity.organization o, generate_series(1, 2) n WHERE slug = 'demoted';
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, role, expires_at, inviter_id)
SELECT 'crony', sha256('crony'), id, 'admin', now() + interval '1 day', 'free2'
  FROM identity.organization WHERE slug = 'demoted';
SQL
org=$(run_sql $db -c "SELECT id FROM identity.organization WHERE slug = 'demoted'")
open_transaction "SELECT test.as('free1', 'user'); SET LOCAL ROLE tenantry_app;
SELECT identity.update_member_role('demoted2', 'member', '$org');"
run_sql $db -c "SET ROLE tenantry_app" -c "SELECT test.sign_up('crony', 'crony')" >/dev/null 2>&1
wait
check "SELECT (SELECT role FROM identity.organization_member WHERE id = \$\$demoted2\$\$) ||
    (SELECT count(*) FROM identity.\"user\" WHERE id = \$\$crony\$\$)" member0 \
	"who is being demoted lets nobody in"

left=$(run_sql $db -c "SELECT m.user_id FROM identity.organization_member m JOIN identity.organization o
    ON o.id = organization_id WHERE slug = 'pair' AND m.role = 'owner'")
race 8 "SELECT test.as('$left', 'user'); SELECT identity.create_role(NULL, 'once', '{\"ac\":[\"read\"]}');"
check "SELECT count(*) FROM identity.organization_role WHERE role = \$\$once\$\$" 1 "a name of a role is taken once"

# Two teams are moved below each other.
org=$(run_sql $db -c "SELECT id FROM identity.organization WHERE slug = 'pair'")
run_sql $db >/dev/null <<SQL
INSERT INTO identity.team (id, organization_id, name)
SELECT 'team' || n, id, 'Team ' || n FROM identity.organization, generate_series(1, 2) n WHERE slug = 'pair';
SQL
race 2 "SELECT test.as('$left', 'user'); SELECT identity.update_team('team{}', '$org', NULL, 'team' || (3 - {}), true);"
check "SELECT count(*) FROM identity.team WHERE id LIKE \$\$team_\$\$ AND parent_id IS NOT NULL" 1 \
	"of two moves that would close a circle one is made"
[ "$(grep -c 'ERROR:  TEAM_CANNOT_BE_BELOW_ITSELF' "$said")" = 1 ] || echo "NOTICE:  not ok - $(cat "$said")"
race 2 "SELECT '{}' IS NULL; RESET ROLE; UPDATE identity.team SET parent_id = NULL;"
race 2 "SELECT '{}' IS NULL; RESET ROLE; UPDATE identity.team SET parent_id = 'team' || (3 - {}) WHERE id = 'team{}';"
check "SELECT count(*) FROM identity.team WHERE id LIKE \$\$team_\$\$ AND parent_id IS NOT NULL" 1 \
	"nor by statements that lock nothing themselves"

# Six invited users accept while the limit allows two more members.
run_sql $db >/dev/null <<'SQL'
DELETE FROM identity.organization_member WHERE user_id LIKE 'free_' AND role <> 'owner';
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, role, expires_at, inviter_id)
SELECT 'room' || n, sha256(('room' || n)::bytea), m.organization_id, 'member', now() + interval '1 day', m.user_id
  FROM generate_series(1, 6) n, identity.organization_member m JOIN identity.organization o
    ON o.id = m.organization_id WHERE o.slug = 'pair';
UPDATE identity.organization o SET member_limit = 3 WHERE slug = 'pair';
SQL
race 6 "SELECT test.as('free{}', 'user'); SELECT identity.accept_invitation('room{}', false, 'room{}', sha256('room{}'));"
keep_tokens
check "SELECT count(*) FROM identity.organization_member m JOIN identity.organization o
    ON o.id = organization_id WHERE slug = \$\$pair\$\$" 3 "no more come in than there is room for"

# One invitation is accepted and withdrawn at the same time.
run_sql $db >/dev/null <<'SQL'
UPDATE identity.organization SET member_limit = 100;
SELECT test.sign_up('guest', open => true);
INSERT INTO identity.organization_invitation (id, organization_id, email, role, expires_at, inviter_id)
SELECT 'both', m.organization_id, 'guest@example.test', 'member', now() + interval '1 day', m.user_id
  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
 WHERE o.slug = 'pair' AND m.role = 'owner';
INSERT INTO identity.session (id, token_hash, user_id, expires_at, active_organization_id)
SELECT 'boss', sha256('boss'), m.user_id, now() + interval '1 day', o.id
  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
 WHERE o.slug = 'pair' AND m.role = 'owner';
SQL
race 8 "SELECT test.as(CASE {} % 2 WHEN 1 THEN 'boss' ELSE 'guest' END, 'user');
SELECT CASE {} % 2 WHEN 1 THEN identity.cancel_invitation('both') ELSE identity.accept_invitation('both', false, 'both{}', sha256('both{}')) END;"
keep_tokens
check "SELECT (SELECT status FROM identity.organization_invitation WHERE id = \$\$both\$\$) = CASE
    WHEN EXISTS (SELECT FROM identity.organization_member WHERE user_id = \$\$guest\$\$)
    THEN \$\$accepted\$\$ ELSE \$\$canceled\$\$ END" true "an invitation is accepted or canceled, not both"
# A racer that starts late finds that accepting the invitation has replaced the token of the session.
[ "$(grep -cE 'ERROR:  (INVITATION_NOT_FOUND|no session has this token)' "$said")" = 7 ] || echo "NOTICE:  not ok - $(cat "$said")"

# A row is deleted while other rows begin to refer to it, by a field whose rule refuses that.
pair=$(run_sql $db -c "SELECT id FROM identity.organization WHERE slug = 'pair'")
run_sql $db >/dev/null <<SQL
SELECT set_config('app.org_id', '$pair', false);
INSERT INTO crm.field_definitions (resource, label, key, kind, refers, on_delete) VALUES ('deals', 'Partner', 'partner', 'relation', 'companies', 'refuse');
INSERT INTO crm.companies (id, name) VALUES (4242, 'Partner');
SQL
race 8 "SELECT set_config('app.org_id', '$pair', true), set_config('app.grants', '*', true);
DO \$\$ BEGIN IF {} % 4 = 0 THEN DELETE FROM crm.companies WHERE id = 4242;
ELSE INSERT INTO crm.deals (name, stage, custom) VALUES ('Deal', 'opportunity', '{\"partner\": 4242}'); END IF; END \$\$;"
check "SELECT EXISTS (SELECT FROM crm.companies WHERE id = 4242) = EXISTS (SELECT FROM crm.deals WHERE custom ? \$\$partner\$\$)" true \
	"no row refers to a row that was deleted despite its rule"
run_sql $db -c "DELETE FROM crm.trash"

# The owner of an address signs in with eight providers at the same time.
race 8 "SELECT identity.oauth_enter('p{}', 's', '', 'soon@example.test', true, 'N', NULL, '{\"scope\":null}', NULL, true, NULL, true, 'soon{}', 'soon{}', sha256('soon{}'), NULL, NULL);"
check "SELECT count(*) FROM identity.\"user\" WHERE email = \$\$soon@example.test\$\$" 1 \
	"who comes from eight providers at once is one user"
check "SELECT count(*) FROM identity.session WHERE id LIKE \$\$soon%\$\$" 8 "and comes in each time"

# Emailed links work once.
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('vera', open => true);
SELECT identity.keep_proof('delete-account', 'gone', 'free6', '1 hour');
SQL
opened() { # method, what
	check "SELECT count(*) FROM identity.session WHERE method = \$\$$1\$\$" 1 "$2"
}
race 8 "SELECT identity.verify_email('vera', 'vera@example.test', NULL, NULL, true, 'click{}', sha256('click{}'), '192.0.2.1', 'test', 'en');"
opened verification "of eight clicks one begins a session"
# The first proof of the address has invalidated older links.
run_sql $db -c "SELECT identity.keep_proof('reset-password', 'reset', 'vera', '1 hour')" >/dev/null
race 8 "SELECT identity.reset_password('reset', 'hash{}', 'en');"
check "SELECT count(*) FROM ops.mail WHERE template = \$\$password-changed\$\$" 1 "a password is reset once"
run_sql $db -c "SELECT identity.keep_proof('magic-link', 'link', '{\"email\":\"vera@example.test\"}', '1 hour')" >/dev/null
race 8 "SELECT identity.enter_by_link('link', 'new{}', 'link{}', sha256('link{}'), NULL, '192.0.2.1', 'test', true, 'en', '{}');"
opened magic-link "a link signs in once"
run_sql $db -c "SELECT identity.request_code('sign-in', 'vera@example.test', 'mac', '123456', 'en', '/x', '192.0.2.1', false, true)" >/dev/null
race 8 "SELECT identity.enter_by_code('vera@example.test', 'mac', NULL, NULL, 'new{}', 'code{}', sha256('code{}'), NULL, '192.0.2.1', 'test', false, true, 'en', '{}');"
opened email-otp "a code signs in once"
run_sql $db -c "SELECT identity.request_code('sign-in', 'vera@example.test', 'mac', '123456', 'en', '/x', '192.0.2.1', false, true)" >/dev/null
race 8 "SELECT identity.enter_by_code('vera@example.test', 'guess{}', NULL, NULL, 'new{}', 'guess{}', sha256('guess{}'), NULL, '192.0.2.1', 'test', false, true, 'en', '{}');"
[ "$(grep -c INVALID_OTP "$said")" = 7 ] && [ "$(grep -c TOO_MANY_ATTEMPTS "$said")" = 1 ] &&
	echo "NOTICE:  ok - guesses at once are all counted" || echo "NOTICE:  not ok - $(cat "$said")"
race 8 "SELECT identity.delete_user_by_token(sha256('free6'), 'gone');"
[ "$(grep -c 'User deleted' "$said")" = 1 ] && echo "NOTICE:  ok - a link deletes once" ||
	echo "NOTICE:  not ok - $(cat "$said")"
race 8 "SELECT identity.sign_up_unverified('quiet{}', 'q', NULL, NULL, 'quiet@example.test', NULL, 'hash', NULL, true, 'https://t.test/', 'en');"
check "SELECT count(*) FROM identity.\"user\" WHERE email = \$\$quiet@example.test\$\$" 1 "an address signs up once, quietly"
[ "$(grep -c ERROR "$said")" = 0 ] || echo "NOTICE:  not ok - $(cat "$said")"

user=$(run_sql $db -c "SELECT id FROM identity.\"user\" WHERE email = 'soon@example.test'")
run_sql $db -c "UPDATE identity.account SET id = 'acc' || right(provider_id, 1) WHERE user_id = '$user'"
race 8 "SELECT test.as('$user', 'user'); SELECT identity.unlink_account('acc{}');"
check "SELECT count(*) FROM identity.account WHERE user_id = \$\$$user\$\$" 1 \
	"who unlinks all accounts at once keeps one"

# The two parents of rows are restored, or purged, at the same time.
run_sql $db -c "SELECT test.sign_up('keeper', open => true); SELECT test.as('keeper', 'user'); SELECT identity.create_organization('Keeper', 'keeper', NULL, NULL, false)" >/dev/null
two_roots() {
	run_sql $db >/dev/null <<-'SQL'
		BEGIN;
		SELECT test.as('keeper');
		SET LOCAL ROLE tenantry_app;
		DELETE FROM crm.companies; DELETE FROM crm.contacts; DELETE FROM crm.deals;
		DELETE FROM crm.trash;
		INSERT INTO crm.contacts (id, first_name) VALUES (1, 'c');
		INSERT INTO crm.deals (id, name, stage) VALUES (2, 'd', 'lost');
		INSERT INTO crm.activities (contact_id, deal_id, type) SELECT 1, 2, 'call' FROM generate_series(1, 20);
		DELETE FROM crm.contacts;
		DELETE FROM crm.deals;
		COMMIT;
	SQL
}
# Prints the root of a row in the trash, which is read before the race.
root() {
	run_sql $db -c "SELECT id FROM crm.trash WHERE parent_id IS NULL AND row_id = $1"
}
two_roots
race 8 "SELECT test.as('keeper'); SELECT crm.restore_trash($(root 1));"
check "SELECT (SELECT count(*) FROM crm.contacts WHERE id = 1) || \$\$ \$\$ || (SELECT count(*) FROM crm.activities)" "1 0" "of eight one restores"
[ "$(grep -c 'ERROR:  no such row' "$said")" = 7 ] || echo "NOTICE:  not ok - $(cat "$said")"
for round in 1 2 3; do
	as="SELECT test.as('keeper'); SELECT pg_sleep(($round - 2) * ({} * 2 - 3) * 0.02) IS NULL;"
	two_roots
	race 2 "$as SELECT crm.restore_trash(CASE {} WHEN 1 THEN $(root 1) ELSE $(root 2) END);"
	check "SELECT (SELECT count(*) FROM crm.activities WHERE contact_id = 1 AND deal_id = 2) || \$\$ \$\$ || (SELECT count(*) FROM crm.trash)" "20 0" "what has two parents comes back with the later"
	two_roots
	race 2 "$as SELECT CASE {} WHEN 1 THEN crm.restore_trash($(root 1)) END;
DELETE FROM crm.trash WHERE {} = 2 AND id = $(root 2);"
	check "SELECT (SELECT count(*) FROM crm.contacts WHERE id = 1) || \$\$ \$\$ || (SELECT count(*) FROM crm.trash)" "1 0" "or goes with the other, and hangs on nothing"
done

# A repair of a document while its row changes keeps the newer text.
run_sql $db -c "BEGIN" -c "SELECT test.as('keeper')" -c "SET LOCAL ROLE tenantry_app" \
	-c "INSERT INTO crm.contacts (id, last_name) VALUES (500, 'Before')" -c "COMMIT" >/dev/null
run_sql $db -c "UPDATE crm.search_documents SET title = 'wrong' WHERE id = 500"
open_transaction "SELECT test.as('keeper'); SET LOCAL ROLE tenantry_app;
UPDATE crm.contacts SET last_name = 'After' WHERE id = 500;"
run_sql $db -c "SELECT crm.write_documents('crm.contacts')" >/dev/null
wait
check "SELECT title FROM crm.search_documents WHERE id = 500" "After" "a document is repaired from the newer row"
# A repair while a row is restored keeps the document of the row.
run_sql $db -c "SET app.org_id = '$(run_sql $db -c "SELECT org_id FROM crm.search_documents WHERE id = 500")'" \
	-c "INSERT INTO crm.search_documents (kind, id, title, body) VALUES ('contacts', 501, 'of no row', '')"
open_transaction "SELECT test.as('keeper'); SET LOCAL ROLE tenantry_app;
INSERT INTO crm.contacts (id, last_name) VALUES (501, 'Back');"
run_sql $db -c "SELECT crm.write_documents('crm.contacts')" >/dev/null
wait
check "SELECT title FROM crm.search_documents WHERE id = 501" "Back" "a row that comes back keeps its document"
