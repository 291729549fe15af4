#!/bin/bash
# people.sh - what imported people find: a way to sign in, rows as the API promises them, and what they changed after a rollback
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

# shown FILE TEXT: the file of the last command has TEXT.
shown() {
	grep -qF -- "$2" "$1" && held || fail "$1 has no \"$2\""
}

decide() {
	sed -i "/^  $1:/,/choice:/s/choice:.*/choice: $2/" supabase.yaml
}

# One value of a query on the target, as a superuser.
one() {
	psql -XAtqd app -c "$1"
}

# named RULE: the addresses that the report names for a rule.
named() {
	node -e 'const report = JSON.parse(require("fs").readFileSync("supabase.report.json"));
		console.log(report.verdicts.find((v) => v.rule === process.argv[1]).rows.map((row) => row.replace(/^\S+ /, "")).sort().join(" "));' "$1"
}

# --- Nobody is locked out

psql -Xqc 'CREATE DATABASE app OWNER owner'
"$SOURCES/tests/lib/supabase_project.sh" source factors
target app
tenantry schema up >/dev/null
want 0 '' tenantry migrate supabase plan
# Codes by mail are off by default: nothing could answer the second factor of these people.
decide unsupported_factors mail
want 1 'locked_out' tenantry migrate supabase plan
same "people whom a blocker names" "user4 user5 user9" "$(sed -n 's/.*- \S*: \(user[0-9]*\)@project.test would be asked for a code by mail.*/\1/p' out | paste -sd ' ')"
want 1 'blocker locked_out' tenantry migrate supabase dry-run
want 0 '' env TENANTRY_TWO_FACTOR_MAIL=on tenantry migrate supabase plan
decide unsupported_factors drop
want 0 '' tenantry migrate supabase plan
# Everybody who has to set a password is named, in the plan and in the report.
printed 'user7@project.test has a password that is not read here'
printed 'google, which is not set up here'
same "people whom a note names" 15 "$(sed -n '/no_way_in: /,/^  [a-z]/p' out | grep -c '@project.test has ')"
want 0 'go: ' tenantry migrate supabase dry-run
shown supabase.report.html 'user7@project.test'
same "people whom the report names" "admin user10 user11 user12 user13 user14 user15 user16 user17 user18 user19 user20 user21 user22 user7 user9" \
	"$(named target_no_way_in | sed 's/@project.test//g')"
want 0 '' env GOOGLE_CLIENT_ID=id tenantry migrate supabase plan
same "people whom a note names, with Google" user7 "$(sed -n '/no_way_in: /,/^  [a-z]/s/.*- \S*: \(.*\)@project.test has .*/\1/p' out)"
summary people
