#!/bin/bash
# run.sh [SECONDS [TARGET...]] - fuzzes the parsers under sanitizers
#
# Each target runs SECONDS seconds (default: 20), two at a time. For a long run, keep
# the corpus, and continue with it the next time:
#
# 	FUZZ_CORPUS=/var/tmp/corpus tests/unit/fuzz/run.sh 3600
#
# An input that breaks a promise is kept, and its name is printed. To run the target
# with it again: $FUZZ_BUILD/fuzz_TARGET FILE
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/scratch.sh"
src=$here/../../..
seconds=${1:-20}
shift || :
all=(request cookie cursor json filter body list hash header origin totp passkey
	multipart dataurl mail_text mime vcard csv sqlguard dav camt jwt)
[ $# = 0 ] || all=("$@")

clang=${CLANG:-$(command -v clang clang-19 clang-16 clang-14 | head -1 || :)}
runtime=
[ -z "$clang" ] || runtime=$(ls "$("$clang" -print-resource-dir)"/lib/*/*fuzzer* \
	2>/dev/null | head -1 || :)
if [ -z "$runtime" ]; then
	echo "fuzz: SKIPPED, there is no clang with its fuzzer runtime;" \
		"install clang and libclang-rt-14-dev" >&2
	exit 77
fi

build=${FUZZ_BUILD:-$(scratch fuzz)}
[ -n "${FUZZ_BUILD:-}" ] || trap 'rm -rf "$build"' EXIT
corpus=${FUZZ_CORPUS:-$build/corpus}
mkdir -p "$build/lib" "$corpus"

pkgs=(fcgi libpq json-c uuid libcrypto libcrypt libutf8proc libsodium libfido2
	liboath libcurl libpsl gmime-3.0 libxml-2.0 pangocairo cairo-pdf fontconfig expat)
# shellcheck disable=SC2054,SC2207 # commas of the compiler's; flags are words
cflags=(-std=c11 -g -O1 -D_GNU_SOURCE -DARENA_BLOCK=0
	'-DPKGDATADIR="/usr/share/tenantry"'
	-iquote "$src" -iquote "$build"
	-fsanitize=fuzzer-no-link,address,undefined
	-fno-sanitize-recover=all $(pkg-config --cflags "${pkgs[@]}"))
read -ra libs < <(pkg-config --libs "${pkgs[@]}")
libs+=(-lcjose -lpg_query)

# generate: writes the typed calls of SQL functions and the refusals, as the build does.
generate() {
	local file name
	"$clang" -D_GNU_SOURCE -o "$build/sqlcalls" "$src/tools/sqlcalls.c" \
		$(pkg-config --cflags --libs json-c) -lpg_query
	for file in "$src"/schema/*/*.sql; do
		name=${file#"$src"/}
		mkdir -p "$build/${name%/*}"
		"$build/sqlcalls" "$file" >"$build/${name%.sql}.h"
	done
	"$clang" -D_GNU_SOURCE -o "$build/refusals" "$src/tools/refusals.c" \
		$(pkg-config --cflags --libs json-c)
	mkdir -p "$build/lib/base"
	echo '#define TENANTRY_VERSION "0"' >"$build/lib/base/version.h"
	"$build/refusals" "$src"/schema/refusals/*.sql >"$build/lib/base/refusals.inc"
}

compile() {
	local file
	for file in "$src"/lib/*/*.c "$src"/fcgi/*/*.c "$here/harness.c" \
		"$src/tests/unit/fixture.c"; do
		case $file in */server/*.c | */log.c) continue ;; esac
		printf '%s\0' "$file"
	done | xargs -0 -P "$(nproc)" -I{} bash -c \
		'"$@" -c "$0" -o "$LIB/$(basename "$0" .c).o"' \
		{} $(command -v ccache || :) "$clang" "${cflags[@]}"
	rm -f "$build/all.a"
	ar cr "$build/all.a" "$build"/lib/*.o
}
export LIB=$build/lib

# fuzz TARGET: prints one line about it; fails if a promise was broken.
fuzz() {
	local log=$build/$1.log status=0 runs
	mkdir -p "$corpus/$1"
	"$build/fuzz_$1" -max_total_time="$seconds" -timeout=5 -max_len=4096 \
		-rss_limit_mb=2048 -dict="$here/words.dict" -print_final_stats=1 \
		-artifact_prefix="$artifacts/$1-" "$corpus/$1" "$here/seeds/$1" \
		>"$log" 2>&1 || status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
	if [ $status = 0 ]; then
		echo "ok    $1: ${runs:-0} inputs"
		return 0
	fi
	echo "FAILED $1:"
	grep -E 'broken promise|ERROR|runtime error|SUMMARY|Test unit written' \
		"$log" || tail -20 "$log"
	return 1
}
artifacts=${TMPDIR:-/tmp}/tenantry-fuzz-found
mkdir -p "$artifacts"

generate
compile
for target in "${all[@]}"; do
	"$clang" "${cflags[@]}" -fsanitize=fuzzer -iquote "$here" \
		"$here/fuzz_$target.c" "$build/all.a" "${libs[@]}" \
		-o "$build/fuzz_$target" &
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
done
wait

rm -f "$build"/*.failed
for target in "${all[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do sleep 0.1; done
	{ fuzz "$target" || touch "$build/$target.failed"; } &
done
wait
failed=$(find "$build" -maxdepth 1 -name '*.failed' | wc -l)
rmdir "$artifacts" 2>/dev/null || :
echo "fuzz: $((${#all[@]} - failed)) of ${#all[@]} targets kept their" \
	"promises for $seconds s each"
[ $failed = 0 ]
