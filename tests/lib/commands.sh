# commands.sh - runs commands and counts the checks that pass; sourced
#
#	work=FOLDER		# where the output of the last command is, in "out"
#	match=-E		# TEXT is a regular expression; by default it is a string
#	want STATUS TEXT COMMAND...
#	same WHAT A B
#	summary SUITE		# prints the counts; fails if something failed

passed=0 failed=0 match=-F

held() {
	passed=$((passed + 1))
}

# fail WHAT: counts a failure and shows the output of the last command.
fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
	sed 's/^/        /' "$work/out"
}

# The command exits with STATUS and prints TEXT. An empty TEXT matches
# anything.
want() {
	local status=$1 text=$2 got=0
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null || got=$?
	if [ "$got" != "$status" ]; then
		fail "status $got, not $status: ${*##*/}"
	elif [ -n "$text" ] && ! grep -q $match -- "$text" "$work/out"; then
		fail "does not print \"$text\": ${*##*/}"
	else
		held
	fi
}

# same WHAT A B: the two texts are equal.
same() {
	if [ "$2" = "$3" ]; then held; else
		diff <(echo "$2") <(echo "$3") >"$work/out" || :
		fail "$1 differs"
	fi
}

summary() {
	echo "$1: $passed passed, $failed failed"
	[ $failed = 0 ]
}
