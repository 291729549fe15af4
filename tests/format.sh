#!/bin/bash
# format.sh - checks that all C is formatted as .clang-format says
#
# Each release of clang-format formats some lines differently, so it is always
# that of Debian 12: where it is not installed, a copy is unpacked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=clang-format-14
command -v $program >/dev/null || {
	. tests/lib/debian.sh
	DEBIAN_WITHOUT='^(.*python3.*|media-types|mailcap|mime-support|libsqlite3-0|libncursesw6|libreadline8|readline-common|tzdata|debconf)='
	debian_programs bookworm $program || {
		echo "format: no $program here"
		exit 77
	}
	program=$PROGRAMS/usr/lib/llvm-14/bin/clang-format
}
"$program" --dry-run -Werror lib/*/*.[ch] fcgi/*/*.[ch] handlers/*.[ch] \
    handlers/*/*.[ch] jobs/*.[ch] cli/*.[ch] cli/*/*.[ch] tools/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch] || exit 1
echo "format: all passed"
