#!/bin/bash
# large.sh [ROWS] - the journey supabase with many rows: rates, the error of the estimated end, and checksums (not part of the suite)
#
# BUILD is the build folder. ROWS is the size of the project (1000000). Runs a plan, a dry run, a run, a verification, a
# rollback and a second run. Prints the rows per second of each step of the runs and of the rollback. The script takes
# about ten minutes.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/large.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work large
export TENANTRY_SQL=$SOURCES
cd "$work"

# timed NAME COMMAND...: the command must succeed; prints how long it took.
timed() {
	local name=$1 began=$SECONDS
	shift
	want 0 '' "$@"
	printf '%-12s %4d s  %s\n' "$name" $((SECONDS - began)) "$(grep -a 'checksum' out || :)"
	cp out "$name.out"
}

steps() {
	psql -XAtqF ' ' -d app -c "SELECT name, written, round(extract(epoch FROM ended_at - started_at)::numeric, 1) || ' s',
		round(written / nullif(extract(epoch FROM ended_at - started_at), 0)::numeric) || ' rows/s'
		FROM ops.migration_step WHERE migration_id = (SELECT max(id) FROM ops.migration) AND written > 0 ORDER BY step"
	psql -XAtqF ' ' -d app -c "SELECT 'all', sum(written), round(extract(epoch FROM max(ended_at) - min(started_at))::numeric, 1) || ' s',
		round(sum(written) / extract(epoch FROM max(ended_at) - min(started_at))::numeric) || ' rows/s'
		FROM ops.migration_step WHERE migration_id = (SELECT max(id) FROM ops.migration)"
}

# estimates: the time left that the last run showed in its second half differs from the real time by at most 20 %, and a
# second for rounding. Prints the largest difference, in % of the real time.
estimates() {
	local error
	error=$(awk '{ gsub(/[-T:Z]/, " ", $1); t = mktime($1) }
		/ s left/ { sub(/ s left.*/, ""); sub(/.* /, ""); n++; at[n] = t; left[n] = $0 }
		END { for (i = 1; i <= n; i++) {
				rest = t - at[i]
				e = left[i] > rest ? left[i] - rest - 1 : rest - left[i] - 1
				if (at[i] >= (at[1] + t) / 2 && rest > 0 && 100 * e / rest > worst) worst = 100 * e / rest
			}
			printf "%.0f", worst }' supabase.log)
	echo "time left in the second half: $error % off"
	[ "$error" -le 20 ] && held || fail "the time left is $error % off"
}

psql -Xqc 'CREATE DATABASE app OWNER owner'
"$SOURCES/tests/lib/supabase_project.sh" source "rows=${1:-1000000}"
target app
tenantry schema up >/dev/null
untouched=$(contents source) before=$(contents app)
timed plan tenantry migrate supabase plan
timed dry-run tenantry migrate supabase dry-run
sign_all supabase
rm supabase.log
timed run tenantry migrate supabase run --execute --yes
sum=$(checksum)
steps
estimates
timed verify tenantry migrate supabase verify
same "the checksum of the verification" "$sum" "$(checksum)"
rm supabase.log
timed rollback tenantry migrate supabase rollback --execute --yes
estimates
same "the target after the rollback" "$before" "$(contents app)"
timed plan tenantry migrate supabase plan
timed dry-run tenantry migrate supabase dry-run
sign_all supabase
rm supabase.log
timed run tenantry migrate supabase run --execute --yes
steps
estimates
same "the checksum of the second run" "$sum" "$(checksum)"
same "the source" "$untouched" "$(contents source)"
summary large
