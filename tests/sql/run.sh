#!/bin/bash
# run.sh [--short | --long | NAME ...] - runs all SQL tests, those that take seconds,
# those that take minutes, or the named tests, with one line for each
#
# Each test has a separate database with the whole schema, on a temporary server. The
# results are notices of psql: see harness.sql.
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" --schema "$0" "$@"
. "$here/lib.sh"

short='again catalog columns described check promises probe permission better_auth organization groups team people sign issued ops aside event crm automation merge trash history search race undo_race totals tasks feed costs expressions'
long='upgrade updown mutants plans seed repair lists opportunities queue'
case ${1:-} in
--short) names=$short ;;
--long) names="$long undo_race" ;;
*) names=${*:-$short $long} ;;
esac

failed=0
report() { # arguments: the name of the test, the file with its output, the exit status
	local ok bad
	ok=$(grep -c 'NOTICE:  ok - ' "$2")
	bad=$(grep -c 'NOTICE:  not ok - ' "$2")
	if [ "$3" -ne 0 ] || [ "$bad" -ne 0 ] || [ "$ok" -eq 0 ]; then
		failed=1
		grep -vE 'NOTICE:  ok - |^[|]*$' "$2" >&2
		echo "FAIL sql/$1: $ok held, $bad did not, status $3"
	else
		echo "ok   sql/$1: $ok held$(sed -n 's/^tally: /; /p' "$2") ($((SECONDS - start)) s)"
	fi
}

said=$(mktemp)
trap 'rm -f "$said"' EXIT
for name in $names; do
	start=$SECONDS
	case $name in
	again | race | undo_race | queue | totals | tasks | feed | repair | upgrade | updown | mutants)
		bash "$here/$name.sh" >"$said" 2>&1
		;;
	*)
		sql_database "sql_$name" && load "sql_$name" "$name"
		;;
	esac >"$said" 2>&1
	report "$name" "$said" $?
done
exit $failed
