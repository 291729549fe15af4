# suite.sh - runs test files for Node; sourced by test suites
#
#	run_suite NAME FOLDER [FILE.test.mjs | FOLDER ...]
#
# Runs the files of the folder, or the named files in it. Files with the same line
# "// stack: NAME=value ..." share a server and a database with these settings. A file with
# a line "// own stack: REASON", or with one of the names in % below, does not share them.
# tests/README.md explains what this means for a test. %IDP% in the settings is an address
# of this machine where nobody listens yet, and %IDP_PORT% is its port. The tests read it
# from the variable IDP. %SOURCES% is the folder of the sources. %ELSEWHERE% is the file
# in which a test names hosts and its servers for them, see elsewhere.c.
# A file with a line "// long: REASON" runs only with TESTS_ALL, or if only such files are
# named. SUITE_JOBS files run at the same time (default: 1). A file with a line
# "// alone" runs alone, after all others. Prints the tests that failed or were skipped,
# and one line for each file, stack and suite, with the CPU seconds of the tests, the
# stacks and Postgres. Returns false if anything failed.

. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

# Debian 12 has Node 18, where fetch() does not try 127.0.0.1 when localhost is ::1
# first. Functions that Node 18 lacks are also removed from newer versions, so that no
# test uses them.
export NODE_OPTIONS="--dns-result-order=ipv4first --require=$SOURCES/tests/lib/node18.cjs"

# cpu_seconds: sets CPU to the CPU seconds that children of this shell have used.
cpu_seconds() {
	local file=$SUITE_TAPS/times.$BASHPID
	times >"$file"
	CPU=$(awk -F'[ms ]+' 'NR == 2 { print 60 * ($1 + $3) + $2 + $4 }' "$file")
}

# postgres_seconds: prints the CPU seconds that the server and its processes have used.
postgres_seconds() {
	local pid
	read -r pid <"$TEST_PGDATA/postmaster.pid"
	cat "/proc/$pid/stat" $(sed 's|[0-9]*|/proc/&/stat|g' "/proc/$pid/task/$pid/children") 2>/dev/null |
		awk -v tick="$(getconf CLK_TCK)" \
			'{ n += $14 + $15 + (NR == 1 ? $16 + $17 : 0) } END { print n / tick }'
}

# stacks_of FOLDER FILE...: prints the number of files and the files of each stack, the
# largest stack first. 0 stands for a file that runs alone.
stacks_of() {
	(cd "$1" && shift && awk '
		FNR == 1 { files[++n] = FILENAME; key[FILENAME] = "" }
		/^\/\/ stack: / { key[FILENAME] = $0 }
		/^\/\/ own stack: |%(IDP|IDP_PORT|ELSEWHERE)%/ { own[FILENAME] }
		/^\/\/ alone/ { alone[FILENAME] }
		END {
			for (i = 1; i <= n; i++) {
				file = files[i]
				if (file in alone) {
					print 0, file
					continue
				}
				stack = file in own ? file : key[file]
				list[stack] = list[stack] " " file
				count[stack]++
			}
			for (stack in list)
				print count[stack] list[stack]
		}' "$@") | LC_ALL=C sort -k1,1nr -k2
}

# use_settings FILE SCRATCH: exports the settings in the line "// stack:" of the file.
use_settings() {
	local settings
	settings=$(sed -n 's|^// stack: ||p' "$1")
	case $settings in *%IDP*)
		export IDP=http://127.0.0.1:$(free_port)
		settings=${settings//%IDP%/$IDP}
		settings=${settings//%IDP_PORT%/${IDP##*:}}
		;;
	esac
	case $settings in *%ELSEWHERE%*)
		"${CC:-cc}" -shared -fPIC -o "$2.so" "$SOURCES/tests/lib/elsewhere.c" \
			-Wl,--no-as-needed -lcurl || return 1
		settings="${settings//%ELSEWHERE%/$2.hosts} LD_PRELOAD=$2.so"
		settings+=" ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
		;;
	esac
	settings=${settings//%SOURCES%/$SOURCES}
	# shellcheck disable=SC2086
	[ -z "$settings" ] || export $settings
}

# tap_name FILE: prints the name of the file's results in SUITE_TAPS.
tap_name() {
	local name=${1%.test.mjs}
	echo "${name//\//_}"
}

# suite_stack FOLDER FILE...: runs the files on one stack, which must end without a fault.
# Call it in a subshell, with the output of the suite as descriptor 8.
suite_stack() {
	local folder=$1 file pids=() name
	shift
	name=$(tap_name "$1")
	use_settings "$folder/$1" "$SUITE_TAPS/$name" || return 1
	[ $# = 1 ] || name=shared
	start_stack "$name" || return 1
	trap 'stop_stack && drop_database || exit 1' EXIT
	export WORKERS NGINX BUILD SOURCES
	for file; do
		read -rN 1 -u "$tokens"
		report_file "$folder" "$file" &
		pids+=($!)
	done
	wait_for_fewer 1 "${pids[@]}"
}

# report_stack FOLDER FILE...: runs the files, prints the messages of the stack, and
# writes its CPU seconds to a file.
report_stack() {
	local status=0 start=$SECONDS tap file
	tap=$SUITE_TAPS/stack.$BASHPID
	(suite_stack "$@") 8>&1 >"$tap" 2>&1 || status=1
	cpu_seconds
	shift
	for file; do
		file=$SUITE_TAPS/$(tap_name "$file").count
		[ -e "$file" ] || echo "0 1 0 0" >"$file"
		CPU+=" $(cut -d' ' -f3 "$file")"
	done
	CPU=$(awk '{ for (i = 2; i <= NF; i++) $1 -= $i; printf "%.1f", $1 }' <<<"$CPU")
	{
		flock 9
		cat "$tap"
		[ $status = 0 ] || echo "FAILED: the stack of $*"
		[ $# = 1 ] || echo "stack of $# files: $((SECONDS - start)) s; CPU: $CPU s"
	} 9>>"$SUITE_TAPS/lock"
	echo "0 $status $CPU" >"$tap.stack"
}

# report_file FOLDER FILE: runs the file on the stack, prints the results, and writes the
# counts to a file. A file without a test fails.
report_file() {
	local pass fail skip pages status=0 start=$SECONDS tap
	tap=$SUITE_TAPS/$(tap_name "$2")
	timeout "${SUITE_SECONDS:-1200}" node --test-reporter=tap "$1/$2" >"$tap" 2>&1 ||
		status=$?
	cpu_seconds
	pages=$(sed -nE 's/^(# )?pages //p' "$tap" | tail -n 1)
	echo >&"$tokens"
	pass=$(sed -n 's/^# pass //p' "$tap")
	fail=$(sed -n 's/^# fail //p' "$tap")
	skip=$(sed -n 's/^# skipped //p' "$tap")
	{
		flock 9
		[ $status != 124 ] || echo "stopped after ${SUITE_SECONDS:-1200} s, at the test after the last one below"
		if [ "${fail:-0}" != 0 ]; then
			awk -f "$SOURCES/tests/lib/failures.awk" "$tap" | tee "$tap.failed"
			# the log lines of these requests
			{ grep -oE '\(request [0-9A-Za-z-]+' "$tap.failed" || :; } | cut -c 10- | sort -u |
				grep -hFf - "$STACK"/log/*.log | tail -n 40 || :
		elif [ $status != 0 ] || [ "$((${pass:-0} + ${skip:-0}))" = 0 ]; then
			cat "$tap"
			fail=1
		fi
		sed -nE 's/^(# )?say /    /p' "$tap"
		sed -nE 's/^ *ok [0-9]+ - (.*) # SKIP ?(.*)/SKIPPED: \1: \2/p' \
			"$tap"
		printf '%s: %d passed, %d failed (%d s; CPU: %.1f s)\n' "$2" "${pass:-0}" "$fail" \
			$((SECONDS - start)) "$(awk "BEGIN { print $CPU + ${pages:-0} }")"
	} 9>>"$SUITE_TAPS/lock" >&8
	echo "${pass:-0} $fail $CPU ${pages:-0}" >"$tap.count"
}

# wait_for_fewer N PID...: waits until fewer than N of the processes run. It polls, since
# wait would also wait for other children of the caller, and "wait -n PID" of bash 5.2
# misses a process that has already ended. It reads from an empty pipe instead of running
# sleep, since starting ten processes per second would be a tenth of all work.
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
	local name=$1 folder=$2 stacks count files short file passed failed pids=()
	local postgres tokens cpu
	shift 2
	need_build
	SUITE_TAPS=$(scratch tap)
	[ $# != 0 ] || set -- .
	files=$(cd "$folder" && find "${@%/}" -name '*.test.mjs' | sed 's|^\./||' |
		sort) || return 1
	if [ -z "${TESTS_ALL:-}" ]; then
		# shellcheck disable=SC2086
		short=$(cd "$folder" && { grep -L '^// long: ' $files || :; })
		files=${short:-$files}
	fi
	# shellcheck disable=SC2086
	stacks=$(stacks_of "$folder" $files)
	# A file runs while it holds a token from the pipe.
	mkfifo "$SUITE_TAPS/tokens"
	exec {tokens}<>"$SUITE_TAPS/tokens"
	printf "%${SUITE_JOBS:-1}s" >&"$tokens"
	postgres=$(postgres_seconds)
	while read -r count file; do
		wait_for_fewer "${SUITE_JOBS:-1}" "${pids[@]}"
		# shellcheck disable=SC2086
		report_stack "$folder" $file &
		pids+=($!)
	done < <(grep -v '^0 ' <<<"$stacks")
	wait_for_fewer 1 "${pids[@]}"
	postgres=$(awk "BEGIN { print $(postgres_seconds) - $postgres }")
	while read -r count file; do
		report_stack "$folder" "$file" &
		wait_for_fewer 1 $!
	done < <(grep '^0 ' <<<"$stacks")
	exec {tokens}>&-
	read -r passed failed cpu < <(awk '{ passed += $1; failed += $2 }
		FILENAME ~ /stack$/ { stacks++; stack += $3; next }
		{ tests += $3 + $4 }
		END { printf "%d %d %.0f s, %d stacks %.0f s\n", passed, failed, tests, stacks, stack }' \
		"$SUITE_TAPS"/*.{count,stack})
	rm -rf "$SUITE_TAPS"
	printf '%s: %d passed, %d failed (CPU: %s, Postgres %.0f s)\n' \
		"$name" "$passed" "$failed" "$cpu" "$postgres"
	[ $failed = 0 ]
}
