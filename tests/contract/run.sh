#!/bin/bash
# run.sh [FILE.test.mjs ...] - the stock JavaScript clients against a stack
#
# Each test file gets a server and a database of its own, with the settings of
# its line "// stack: NAME=value ...".  BUILD is the folder of the programs.
# The clients are installed once, in a cache of the user.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
need_postgres "$here/run.sh" "$@"
need_build

work=$(mktemp -d /tmp/tenantry-contract.XXXXXX)
finish() {
	[ -z "${WORKERS:-}" ] || stop_stack || :
	rm -rf "$work"
}
trap finish EXIT

# install_clients: node_modules for this package.json, made when it is new.
install_clients() {
	local sum cache
	sum=$(sha256sum <"$here/package.json" | cut -c1-16)
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/tenantry/contract-$sum
	if [ ! -d "$cache/node_modules" ]; then
		mkdir -p "$cache.new"
		cp "$here/package.json" "$cache.new"
		(cd "$cache.new" && npm install --silent --no-audit --no-fund \
		    --no-package-lock) || {
			echo "npm could not install the clients" >&2
			return 1
		}
		rm -rf "$cache"
		mv "$cache.new" "$cache"
	fi
	cp -R "$here"/. "$work"
	ln -sfn "$cache/node_modules" "$work/node_modules"
}

# run_file FILE: on a stack of its own; adds to the counts.
run_file() {
	local name=${1##*/} pass fail status=0
	local tap=$work/${name%.test.mjs}.tap
	(
		# shellcheck disable=SC2046
		export $(sed -n 's|^// stack: ||p' "$work/$name")
		start_stack "${name%.test.mjs}" || exit 1
		trap 'stop_stack || exit 1' EXIT
		cd "$work"
		export TESTS=$SOURCES/tests
		node --test --test-reporter=tap "$name" >"$tap" 2>&1
	) || status=1
	pass=$(sed -n 's/^# pass //p' "$tap" 2>/dev/null || :)
	fail=$(sed -n 's/^# fail //p' "$tap" 2>/dev/null || :)
	[ "${fail:-1}" = 0 ] || sed -n '/^ *not ok/,/^ *\.\.\.$/p' "$tap"
	[ -n "$fail" ] || { cat "$tap" 2>/dev/null; fail=1; }
	[ $status = 0 ] || [ "$fail" != 0 ] || fail=1
	echo "$name: ${pass:-0} passed, $fail failed"
	passed=$((passed + ${pass:-0})) failed=$((failed + fail))
}

install_clients
[ $# -gt 0 ] || set -- "$here"/*.test.mjs
passed=0 failed=0
for file; do
	run_file "$file"
done
echo "contract: $passed passed, $failed failed"
[ $failed = 0 ]
