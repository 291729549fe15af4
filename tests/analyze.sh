#!/bin/bash
# analyze.sh - runs gcc's static analyzer and clang-tidy on the C sources
#
# .clang-tidy selects the checks of clang-tidy. The warnings of both programs depend on
# the release, so only the programs of Debian 12 are used. The sources are compiled in a
# scratch folder, where make calls this file as the compiler: analyze.sh --compile.
set -euo pipefail
src=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# These two warnings of gcc 12 are false positives: gcc does not know what functions in
# other files return, and misreads arrays of struct iovec.
analyzer=(-fanalyzer -Wno-analyzer-null-dereference -Wno-analyzer-use-of-uninitialized-value
	-fdiagnostics-path-format=none -fno-diagnostics-show-caret)

# compile ARGUMENT...: compiles and checks a file. A warning does not stop make, so that
# all warnings are printed.
compile() {
	local file=${!#} flags=()
	gcc "${analyzer[@]}" "$@"
	[[ $file = *.c ]] || return 0
	while [ $# -gt 1 ]; do
		case $1 in
		-c | -MD | -MP) ;;
		-MT | -MF | -o) shift ;;
		*) flags+=("$1") ;;
		esac
		shift
	done
	case ${file#"$src/"} in
	tools/* | fcgi/http/request.c | fcgi/http/session.c | lib/base/arena.c) ;;
	fcgi/* | handlers/*) flags+=(-DREQUESTS -include "$src/tests/lib/analyze.h") ;;
	*) flags+=(-include "$src/tests/lib/analyze.h") ;;
	esac
	clang-tidy --quiet "$file" -- "${flags[@]}" || [ $? = 1 ] ||
		echo "error: clang-tidy failed on $file"
}

if [ "${1:-}" = --compile ]; then
	shift
	compile "$@"
	exit
fi

[ "$(gcc -dumpversion 2>/dev/null)" = 12 ] &&
	[[ $(clang-tidy --version 2>/dev/null) = *' version 14.'* ]] || {
	echo "analyze: SKIPPED, there are no gcc 12 and clang-tidy 14, those of Debian 12" >&2
	exit 77
}

. "$src/tests/lib/scratch.sh"
build=$(scratch analyze)
trap 'rm -rf "$build"' EXIT
export CCACHE_DISABLE=1 # no other build uses these flags or this folder
cd "$build"
[ -x "$src/configure" ] || (cd "$src" && autoreconf -fi) >"$build/log" 2>&1
"$src/configure" -q CFLAGS=-O1 >"$build/log" 2>&1 || {
	cat "$build/log"
	exit 1
}
status=0
make -s -k -j"$(nproc)" CC="$src/tests/analyze.sh --compile" >"$build/log" 2>&1 || status=1
grep -E '(warning|error):' "$build/log" | sed "s|$src/||g" | sort -u && exit 1
if [ $status != 0 ]; then
	tail -n 20 "$build/log"
	exit 1
fi
echo "analyze: all passed"
