#!/bin/bash
# run.sh [NAME ...] - the tests in SQL, all or those named, one line each
#
# Each has a database of its own with the whole schema in it, on a throw-away
# server.  psql's notices are the results: see harness.sql.
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

failed=0
report() {	# name, file with what it said, its status
	local ok bad
	ok=$(grep -c 'NOTICE:  ok - ' "$2")
	bad=$(grep -c 'NOTICE:  not ok - ' "$2")
	if [ "$3" -ne 0 ] || [ "$bad" -ne 0 ] || [ "$ok" -eq 0 ]; then
		failed=1
		grep -vE 'NOTICE:  ok - |^[|]*$' "$2" >&2
		echo "FAIL sql/$1: $ok held, $bad did not, status $3"
	else
		echo "ok   sql/$1: $ok held$(sed -n 's/^tally: /; /p' "$2")"
	fi
}

said=$(mktemp)
trap 'rm -f "$said"' EXIT
for name in ${*:-catalog probe wire organization people sign ops event crm automation merge trash history search plans lists seed race updown mutants}; do
	case $name in
	race | updown | mutants)
		bash "$here/$name.sh" >"$said" 2>&1 ;;
	*)
		sql_database "sql_$name" && load "sql_$name" "$name" ;;
	esac >"$said" 2>&1
	report "$name" "$said" $?
done
exit $failed
