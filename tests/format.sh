#!/bin/sh
# format.sh - all C as .clang-format has it
#
# Each release of clang-format breaks some lines elsewhere, so one is asked:
# status 77 where it is not here.
cd "$(dirname "$0")/.." || exit 99
program=clang-format-14
command -v $program >/dev/null || {
	echo "format: no $program here"
	exit 77
}
$program --dry-run -Werror lib/*/*.[ch] fcgi/*/*.[ch] handlers/*.[ch] \
    handlers/*/*.[ch] jobs/*.[ch] cli/*.[ch] tools/*.c tests/*/*.[ch] || exit 1
echo "format: all passed"
