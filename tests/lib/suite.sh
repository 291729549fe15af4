# suite.sh - runs test files for Node, to be sourced by test suites
#
#	run_suite NAME FOLDER [FILE.test.mjs ...]
#
# Each file gets a server and a database of its own, with the settings of its
# line "// stack: NAME=value ...".  %IDP% in it is an address of this machine
# where nobody listens yet, %IDP_PORT% its port; the tests find it as IDP.
# Prints what failed and what was skipped, one line for each file and one for
# the suite; false when anything failed.

. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

# Debian 12 has Node 18, where some classes have no global names, and where fetch()
# does not try 127.0.0.1 when localhost is ::1 first.
[ "$(node -p 'parseInt(process.versions.node)')" -gt 18 ] ||
	export NODE_OPTIONS="--experimental-global-webcrypto --dns-result-order=ipv4first --require=$SOURCES/tests/lib/node18.cjs"

# suite_file FILE: its tests on a stack; the server must end in order too.
suite_file() {
	(
		settings=$(sed -n 's|^// stack: ||p' "$1")
		case $settings in *%IDP*)
			export IDP=http://127.0.0.1:$(free_port)
			settings=${settings//%IDP%/$IDP}
			settings=${settings//%IDP_PORT%/${IDP##*:}} ;;
		esac
		# shellcheck disable=SC2086
		[ -z "$settings" ] || export $settings
		start_stack "$(basename "$1" .test.mjs)" || exit 1
		trap 'stop_stack || exit 1' EXIT
		export WORKERS NGINX BUILD SOURCES
		timeout "${SUITE_SECONDS:-600}" node --test --test-reporter=tap \
		    "$1" >"$SUITE_TAP" 2>&1
	)
}

run_suite() {
	local name=$1 folder=$2 file pass fail status passed=0 failed=0 start
	shift 2
	need_build
	SUITE_TAP=$(mktemp /tmp/tenantry-tap.XXXXXX)
	[ $# != 0 ] || set -- "$folder"/*.test.mjs
	for file; do
		start=$SECONDS status=0
		suite_file "$file" || status=1
		pass=$(sed -n 's/^# pass //p' "$SUITE_TAP")
		fail=$(sed -n 's/^# fail //p' "$SUITE_TAP")
		[ -n "$fail" ] || { cat "$SUITE_TAP"; fail=1; }
		[ $status = 0 ] || [ "$fail" != 0 ] || fail=1
		[ "$fail" = 0 ] || sed -n '/^ *not ok/,/^ *\.\.\.$/p' "$SUITE_TAP"
		sed -n 's/^# say /    /p' "$SUITE_TAP"
		sed -nE 's/^ *ok [0-9]+ - (.*) # SKIP ?(.*)/SKIPPED: \1: \2/p' \
		    "$SUITE_TAP"
		echo "$(basename "$file"): ${pass:-0} passed, $fail failed" \
		    "($((SECONDS - start)) s)"
		passed=$((passed + ${pass:-0})) failed=$((failed + fail))
		: >"$SUITE_TAP"
	done
	rm -f "$SUITE_TAP"
	echo "$name: $passed passed, $failed failed"
	[ $failed = 0 ]
}
