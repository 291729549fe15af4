#!/bin/bash
# format.sh [--apply] - checks the format of C (clang-format) and shell (shfmt, shellcheck)
#
# --apply formats the files instead of checking them.  Each release of clang-format and
# shfmt formats some lines differently, so the programs are always those of Debian 12.
# Where they are not installed, copies are unpacked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/lib/debian.sh
clang_format=(--dry-run -Werror) shfmt=-d
[ "${1:-}" != --apply ] || clang_format=(-i) shfmt=-w

program=clang-format-14
command -v $program >/dev/null || {
	DEBIAN_WITHOUT='^(.*python3.*|media-types|mailcap|mime-support|libsqlite3-0|libncursesw6|libreadline8|readline-common|tzdata|debconf)='
	debian_programs bookworm $program || {
		echo "format: no $program here"
		exit 77
	}
	program=$PROGRAMS/usr/lib/llvm-14/bin/clang-format
}
"$program" "${clang_format[@]}" lib/*/*.[ch] fcgi/*/*.[ch] handlers/*.[ch] \
	handlers/*/*.[ch] jobs/*.c jobs/*/*.[ch] cli/*.c cli/*/*.[ch] tools/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch] || exit 1

# Prints the names of the shell files in the sources.
shell_files() {
	local file
	find .ci bench debian/* libexec nginx script share tests tools -name node_modules -prune -o -type f -print |
		while read -r file; do
			case $file in *.bash) echo "$file" && continue ;; esac
			! head -n 1 "$file" | grep -aqE '^#!.*(bash|/sh)' || echo "$file"
		done
}

mapfile -t files < <(shell_files)
program=shfmt
[ "$(shfmt --version 2>/dev/null)" = 3.6.0 ] || {
	debian_programs bookworm shfmt || {
		echo "format: no shfmt here"
		exit 77
	}
	program=$PROGRAMS/usr/bin/shfmt
}
"$program" "$shfmt" "${files[@]}"
[ "${1:-}" != --apply ] || exit 0
if command -v shellcheck >/dev/null; then
	shellcheck -S warning "${files[@]}"
else
	echo "SKIPPED: shell: there is no shellcheck"
fi
echo "format: all passed"
