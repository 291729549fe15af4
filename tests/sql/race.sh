#!/bin/bash
# race.sh - what must happen once, tried by several at the same moment
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_race
said=$(mktemp)
trap 'rm -f "$said"' EXIT
make_database $db || exit 1

# Everybody waits for a lock, then runs the statement as the application, with
# {} for their number, in one transaction that dawdles before it commits.
race() {	# number of racers, statement
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

check() {	# query, wanted, what
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
race 6 "SELECT test.as('free{}', 'user'); SELECT identity.accept_invitation('open', false);"
check "SELECT count(*) FROM identity.organization_member WHERE user_id LIKE \$\$free%\$\$" 1 \
    "an invitation is accepted once"

user=$(run_sql $db -c "SELECT user_id FROM identity.organization_member WHERE role = 'owner'")
race 8 "SELECT test.as('$user', key => 'k'); INSERT INTO crm.tags (name, color) VALUES ('{}', 'x'); SELECT ops.keep_answer('{}');"
check "SELECT count(*) FROM crm.tags" 1 "a key has one effect"
check "SELECT body = name FROM ops.idempotency_key, crm.tags" true "and its answer"
[ "$(grep -cE 'ERROR: .*(still running|answered before)' "$said")" = 7 ] || echo "NOTICE:  not ok - $(cat "$said")"

race 8 "SELECT test.as('$user', 'user'); SELECT identity.invite_member('i{}', NULL, NULL, 'once@example.test', 'member', false, 'https://t.test/', 'en', false);"
check "SELECT count(*) FROM identity.organization_invitation WHERE email = \$\$once@example.test\$\$" 1 \
    "an address is invited once"
race 8 "SELECT test.as('$user', 'user'); SELECT identity.create_organization('o', 'slug', NULL, NULL, true);"
check "SELECT count(*) FROM identity.organization WHERE slug = \$\$slug\$\$" 1 "a slug is taken once"

race 8 "SELECT identity.sign_in_begin('n{}@example.test', '192.0.2.1', '/sign-in/email', true);"
check "SELECT count FROM identity.rate_limit WHERE key LIKE \$\$192%\$\$" 3 "three attempts pass a limit of three"
[ "$(grep -c 'ERROR:  Too many requests' "$said")" = 5 ] || echo "NOTICE:  not ok - $(cat "$said")"
race 8 "SELECT identity.sign_in_begin('victim@example.test', '198.51.100.{}', '/sign-in/email', true);"
[ "$(grep -c 'ERROR:  Too many requests' "$said")" = 3 ] &&
    echo "NOTICE:  ok - five attempts at an account pass, from anywhere" ||
    echo "NOTICE:  not ok - $(cat "$said")"
