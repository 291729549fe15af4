#!/bin/bash
# run.sh [--texts | --some N | NAME ...] - breaks the code on purpose, and expects the tests to notice
#
# The file list contains the mutants and, for each mutant, the tests that must fail with it.
# script/test runs these tests even without --all. Runs all mutants, the named mutants, or N mutants,
# which differ with each commit. First, the tests must pass without a mutant. Then each mutant is put
# into a copy of this tree, which is built, and the tests run until one fails. The mutant is then
# killed. A mutant that no test notices has
# survived, so a test is missing. A text that does not occur exactly once in its file, a mutant that
# cannot be built, and a test that script/test does not run are faults of the list. --texts checks
# only the
# texts and the tests.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"

unset TESTS_ALL # set in the suites of --all; these tests run in all modes
declare -A FILE ABOUT OLD NEW TESTS
NAMES=() KILLED=0 SURVIVED=0

fault() {
	printf 'mutants: %s\n' "$*" >&2
	exit 1
}

# read_list: an entry is "NAME FILE WHAT IT BREAKS", followed by the lines of the old
# text (-), the lines of the new text (+), and a line with $ for each test.
read_list() {
	local line name=
	while IFS= read -r line; do
		case $line in
		'' | '#'*) ;;
		-*) OLD[$name]+=${OLD[$name]:+$'\n'}${line:1} ;;
		+*) NEW[$name]+=${NEW[$name]:+$'\n'}${line:1} ;;
		'$ '*) TESTS[$name]+=${line:2}$'\n' ;;
		*)
			read -r name line <<<"$line"
			[ -z "${FILE[$name]:-}" ] || fault "$name is listed twice"
			NAMES+=("$name")
			OLD[$name]= NEW[$name]= TESTS[$name]=
			read -r "FILE[$name]" "ABOUT[$name]" <<<"$line"
			;;
		esac
	done <"$here/list"
}

# text FILE: sets TEXT to the contents of the file, including the last newline.
text() {
	TEXT=$(cat "$1" && echo .)
	TEXT=${TEXT%.}
}

# check_text NAME: checks that the old text of the mutant occurs exactly once in the file.
check_text() {
	local less n old=${OLD[$1]}
	[ -n "$old" ] && [ -n "${TESTS[$1]}" ] && [ "$old" != "${NEW[$1]}" ] ||
		fault "$1 lacks a text or a test"
	[ -f "$SOURCES/${FILE[$1]}" ] || fault "$1: there is no ${FILE[$1]}"
	text "$SOURCES/${FILE[$1]}"
	less=${TEXT//"$old"/}
	n=$(((${#TEXT} - ${#less}) / ${#old}))
	[ $n = 1 ] || fault "$1: its text is $n times in ${FILE[$1]}"
}

# check_tests_run: checks that script/test runs the tests even without --all.
check_tests_run() {
	local runner files file all long
	all=$(while read -r _ runner files; do
		for file in $files; do
			[[ $file != *.test.mjs ]] || echo "$SOURCES/${runner%/*}/$file"
		done
	done < <(grep '^\$ tests/' "$here/list"))
	# shellcheck disable=SC2086
	long=$(grep -l '^// long: ' $all) || [ $? = 1 ] || exit 1
	[ -z "$long" ] || fault "script/test does not run" $long
}

# choose [--some N | NAME ...]: sets CHOSEN.
choose() {
	local name from i
	CHOSEN=("${NAMES[@]}")
	if [ "${1:-}" = --some ]; then
		CHOSEN=()
		from=$(git -C "$SOURCES" log -1 --format=%ct 2>/dev/null) || from=$EPOCHSECONDS
		for ((i = 0; i < $2; i++)); do
			CHOSEN+=("${NAMES[(from + i * ${#NAMES[@]} / $2) % ${#NAMES[@]}]}")
		done
	elif [ $# != 0 ]; then
		CHOSEN=("$@")
		for name; do
			[ -n "${FILE[$name]:-}" ] || fault "no mutant is called $name"
		done
	fi
}

# of FOLDER: true if a chosen mutant is in this folder.
of() {
	local name
	for name in "${CHOSEN[@]}"; do
		[[ ${FILE[$name]} != "$1"/* ]] || return 0
	done
	return 1
}

# make_copy: creates and builds a copy of the sources, and sets COPY to it. The copy is used from now
# on.
make_copy() {
	local from=$SOURCES
	! of web || "$from/script/web" >/dev/null
	COPY=$(scratch mutants)
	trap 'rm -rf "$COPY"' EXIT
	tar -C "$from" --exclude=./.git --exclude=./_build --exclude=./build --exclude=./var \
		--exclude=node_modules --exclude='*.o' --exclude='*.a' -cf - . | tar -C "$COPY" -xf -
	[ ! -d "$from/web/node_modules" ] || ln -s "$from/web/node_modules" "$COPY/web/node_modules"
	# To save time, only the types of changed files are checked, and names are not shortened.
	sed -i 's/"vite build"/"tsc --noEmit --incremental --tsBuildInfoFile .types \&\& vite build --minify false"/' \
		"$COPY/web/package.json"
	SOURCES=$COPY
	export BUILD=$COPY/_build/plain CCACHE_BASEDIR=$COPY CCACHE_NOHASHDIR=1
	[ ! -d /usr/lib/ccache ] || PATH=/usr/lib/ccache:$PATH
	mkdir -p "$BUILD"
	{
		[ -x "$COPY/configure" ] || (cd "$COPY" && autoreconf -fi)
		(cd "$BUILD" && ../../configure --enable-werror && make -s -j2)
	} >"$COPY/build.log" 2>&1 || {
		tail -n 20 "$COPY/build.log" >&2
		fault "the copy was not built"
	}
}

# build FILE: builds what depends on the file. A mutant may leave unused code.
build() {
	case $1 in
	web/*) "$COPY/script/web" </dev/null ;;
	*) make -s -C "$BUILD" -j2 WERROR= ;;
	esac
	case $1 in schema/* | migrations/*)
		psql -Xqd postgres -c 'ALTER DATABASE tenantry_template RENAME TO tenantry_kept'
		(make_database mutant)
		;;
	esac
}

# drop_databases CONDITION: drops the databases that meet the condition.
drop_databases() {
	psql -XAtqd postgres -c "SELECT format('DROP DATABASE %I WITH (FORCE);', datname)
		FROM pg_database WHERE NOT datistemplate AND $1" | psql -Xqd postgres
}

# clean FILE: removes what a test or its mutant left in the server.
clean() {
	drop_databases "datname NOT IN ('postgres', 'tenantry_template', 'tenantry_kept')"
	[ "$(psql -XAtqd postgres -c "SELECT count(*) FROM pg_database
		WHERE datname = 'tenantry_kept'")" = 1 ] || return 0
	drop_databases "datname = 'tenantry_template'"
	psql -Xqd postgres -c 'ALTER DATABASE tenantry_kept RENAME TO tenantry_template'
}

# Tests that a list may name, in addition to the commands of a suite.
unit() {
	local name
	for name; do
		make -s -C "$BUILD" "tests/unit/$name" && "$BUILD/tests/unit/$name" || return
	done
}

# passes COMMAND: true if the command succeeds. Its output is in a file.
passes() {
	local status=0
	(cd "$COPY" && eval "$1") </dev/null >"$COPY/test.log" 2>&1 || status=$?
	[ $status != 77 ] || fault "$1: $(tail -n 1 "$COPY/test.log")"
	drop_databases "datname NOT IN ('postgres', 'tenantry_template', 'tenantry_kept')"
	[ $status = 0 ]
}

# check_tests: checks that the tests of the chosen mutants pass, all tests of a suite at
# once.
check_tests() {
	local name suite files
	while read -r suite files; do
		passes "$suite $files" || {
			tail -n 100 "$COPY/test.log" >&2
			fault "$suite $files fails without a mutant"
		}
	done < <(for name in "${CHOSEN[@]}"; do printf %s "${TESTS[$name]}"; done | awk '
		{ for (i = NF > 1 ? 2 : 1; i <= NF; i++)
			if (!(($1, $i) in seen)) {
				seen[$1, $i]
				all[$1] = all[$1] (NF > 1 ? " " $i : "")
			} }
		END { for (suite in all) print suite all[suite] }' | sort)
}

# killed_by NAME: prints the first test that fails.
killed_by() {
	local test
	while read -r test; do
		passes "$test" || {
			echo "$test"
			return
		}
	done < <(printf %s "${TESTS[$1]}")
	return 1
}

run_mutant() {
	local name=$1 file=${FILE[$1]} start=$SECONDS test
	cp -p "$COPY/$file" "$COPY/kept"
	text "$COPY/$file"
	printf %s "${TEXT/"${OLD[$name]}"/"${NEW[$name]}"}" >"$COPY/$file"
	(build "$file") >"$COPY/build.log" 2>&1 || {
		tail -n 20 "$COPY/build.log" >&2
		fault "$name cannot be built"
	}
	if test=$(killed_by "$name"); then
		KILLED=$((KILLED + 1))
		printf 'killed   %s: %s (%d s)\n' "$name" "$test" $((SECONDS - start))
	else
		SURVIVED=$((SURVIVED + 1))
		printf 'SURVIVED %s, %s: %s (%d s)\n' "$name" "$file" "${ABOUT[$name]}" $((SECONDS - start))
	fi
	cp "$COPY/kept" "$COPY/$file"
	clean
}

main() {
	local name
	read_list
	for name in "${NAMES[@]}"; do
		check_text "$name"
	done
	check_tests_run
	[ "${1:-}" != --texts ] || return 0
	need_postgres "$here/run.sh" "$@"
	choose "$@"
	make_copy
	(make_database mutant) && clean
	check_tests
	for name in "${CHOSEN[@]}"; do
		run_mutant "$name"
	done
	printf 'mutants: %d killed, %d survived\n' $KILLED $SURVIVED
	[ $SURVIVED = 0 ]
}

main "$@"
