# suite.sh - runs test files for Node, to be sourced by test suites
#
#	run_suite NAME FOLDER [FILE.test.mjs | FOLDER ...]
#
# Runs the files of the folder, or the named ones in it.  Each file gets a server and a database of its own, with the settings of its
# line "// stack: NAME=value ...".  %IDP% in it is an address of this machine
# where nobody listens yet, %IDP_PORT% its port; the tests find it as IDP.
# %SOURCES% is the folder of the sources.  %ELSEWHERE% is the file in which a test
# names hosts and its servers for them, see elsewhere.c.
# SUITE_JOBS files run at once (1); one with a line "// alone" runs after the
# others by itself.  Prints what failed and what was skipped, one line for each
# file and one for the suite; false when anything failed.

. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

# Debian 12 has Node 18, where fetch() does not try 127.0.0.1 when localhost is ::1
# first.  What Node 18 lacks is missing on newer ones too, so that it is not used.
export NODE_OPTIONS="--dns-result-order=ipv4first --require=$SOURCES/tests/lib/node18.cjs"

# suite_file NAME FILE TAP: its tests on a stack; the server must end in order too.
suite_file() {
	settings=$(sed -n 's|^// stack: ||p' "$2")
	case $settings in *%IDP*)
		export IDP=http://127.0.0.1:$(free_port)
		settings=${settings//%IDP%/$IDP}
		settings=${settings//%IDP_PORT%/${IDP##*:}} ;;
	esac
	case $settings in *%ELSEWHERE%*)
		"${CC:-cc}" -shared -fPIC -o "$3.so" "$SOURCES/tests/lib/elsewhere.c" || exit 1
		settings="${settings//%ELSEWHERE%/$3.hosts} LD_PRELOAD=$3.so"
		settings+=" ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" ;;
	esac
	settings=${settings//%SOURCES%/$SOURCES}
	# shellcheck disable=SC2086
	[ -z "$settings" ] || export $settings
	start_stack "$1" || exit 1
	trap 'stop_stack && drop_database || exit 1' EXIT
	export WORKERS NGINX BUILD SOURCES
	timeout "${SUITE_SECONDS:-1200}" node --test-reporter=tap \
	    "$2" >"$3" 2>&1
	local status=$?
	[ $status != 124 ] || echo "stopped after ${SUITE_SECONDS:-1200} s, at the test after the last one below"
	return $status
}

# report_file FOLDER FILE: runs it, prints what came of it, and leaves the counts
# in a file.  A file without a test fails, and so does one whose stack had a fault.
report_file() {
	local name pass fail skip status=0 start=$SECONDS tap
	name=${2%.test.mjs}
	tap=$SUITE_TAPS/${name//\//_}
	: >"$tap"
	(suite_file "${name//\//_}" "$1/$2" "$tap") >"$tap.stack" 2>&1 || status=1
	pass=$(sed -n 's/^# pass //p' "$tap")
	fail=$(sed -n 's/^# fail //p' "$tap")
	skip=$(sed -n 's/^# skipped //p' "$tap")
	{
		flock 9
		cat "$tap.stack"
		if [ "${fail:-0}" != 0 ]; then
			awk -f "$SOURCES/tests/lib/failures.awk" "$tap"
		elif [ $status != 0 ] || [ "$((${pass:-0} + ${skip:-0}))" = 0 ]; then
			cat "$tap"
			fail=1
		fi
		sed -nE 's/^(# )?say /    /p' "$tap"
		sed -nE 's/^ *ok [0-9]+ - (.*) # SKIP ?(.*)/SKIPPED: \1: \2/p' \
		    "$tap"
		echo "$2: ${pass:-0} passed, $fail failed" \
		    "($((SECONDS - start)) s)"
	} 9>>"$SUITE_TAPS/lock"
	echo "${pass:-0} $fail" >"$tap.count"
}

# wait_for_fewer N PID...: waits until fewer than N of the processes run.  Polls:
# wait would wait for other children of the caller too, and "wait -n PID" of bash
# 5.2 misses a process that ended before.  Reads what never comes instead of
# running sleep: to start a process ten times a second is a tenth of all work.
wait_for_fewer() {
	local most=$1 pid running never
	shift
	exec {never}<> <(:)
	while running=0; do
		for pid; do
			! kill -0 "$pid" 2>/dev/null || running=$((running + 1))
		done
		[ $running -ge "$most" ] || break
		read -rt 0.1 -u "$never" || :
	done
	exec {never}>&-
}

run_suite() {
	local name=$1 folder=$2 file pass fail passed=0 failed=0
	local files pids=() alone=()
	shift 2
	need_build
	SUITE_TAPS=$(scratch tap)
	[ $# != 0 ] || set -- .
	files=$(cd "$folder" && find "${@%/}" -name '*.test.mjs' | sed 's|^\./||' |
		sort) || return 1
	for file in $files; do
		if grep -q '^// alone' "$folder/$file"; then
			alone+=("$file")
			continue
		fi
		wait_for_fewer "${SUITE_JOBS:-1}" "${pids[@]}"
		report_file "$folder" "$file" &
		pids+=($!)
	done
	wait_for_fewer 1 "${pids[@]}"
	for file in "${alone[@]}"; do
		report_file "$folder" "$file"
	done
	for file in $files; do
		file=${file%.test.mjs}
		read -r pass fail <"$SUITE_TAPS/${file//\//_}.count" || {
			echo "$file: no result"
			pass=0 fail=1
		}
		passed=$((passed + pass)) failed=$((failed + fail))
	done
	rm -rf "$SUITE_TAPS"
	echo "$name: $passed passed, $failed failed"
	[ $failed = 0 ]
}
