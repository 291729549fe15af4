#!/bin/bash
# random.sh [SEED...] - migrates random applications to Tenantry and back: every mapped column is equal afterwards
#
# BUILD is the build folder. The columns have random names that mean the same, random notations, types and IDs; some are
# missing, and others are added. Without SEED, two applications are tried, or twelve with TESTS_ALL.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/random.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work random
export TENANTRY_SQL=$SOURCES
cd "$work"

# part PART: prints a part of the application with the current seed.
part() { node "$here/sources/random.mjs" "$seed" "$1"; }
one() { psql -XAtqd "$1" -c "$(part "$2")"; }

try() {
	echo "--- seed $seed"
	rm -rf ./*.yaml ./*.token ./*.ndjson ./*.report.* ./*.rejects.csv ./*.return.* ./*.tar backups
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)'
	"$SOURCES/tests/lib/supabase_project.sh" source
	part schema | psql -Xq1d source -v ON_ERROR_STOP=1 >schema.out 2>&1 || fail "seed $seed: $(grep -A 3 ERROR schema.out)"
	copy fresh app
	untouched=$(contents source) before=$(contents app)
	want 0 'Next: ' tenantry migrate supabase plan
	want 0 'go: ' tenantry migrate supabase dry-run
	sign_all supabase
	want 0 'The migration is done.' tenantry migrate supabase run --execute --yes
	same "seed $seed: over" "$(one source source)" "$(one app target)"
	part change | psql -Xq1d app -v ON_ERROR_STOP=1
	changed=$(one app target)
	psql -Xqc 'DROP DATABASE IF EXISTS returned WITH (FORCE)' -c 'CREATE DATABASE returned TEMPLATE source'
	want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
	same "seed $seed: the target after the rollback" "$before" "$(contents app)"
	same "seed $seed: the source" "$untouched" "$(contents source)"
	want 0 '' psql -Xqd returned -v ON_ERROR_STOP=1 -f supabase.return.sql
	same "seed $seed: back" "$changed" "$(one returned source)"
	same "seed $seed: other columns" "$(one source rest)" "$(one returned rest)"
}

psql -Xqc 'CREATE DATABASE fresh OWNER owner'
target fresh
tenantry schema up >/dev/null
target app
[ $# -gt 0 ] || if [ -n "${TESTS_ALL:-}" ]; then set -- $(seq 12); else set -- 1 2; fi
for seed; do
	try
done
summary random
