#!/bin/bash
# run.sh [FILE.test.mjs ...] - two hosts on one database: changes on one host must reach the other
#
# BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/run.sh" "$@"
root=
[ "$(id -u)" = 0 ] || root=-r
unshare $root --uts true 2>/dev/null || {
	echo "hosts: SKIPPED, namespaces are not allowed here" >&2
	exit 77
}
SUITE_SECONDS=600 run_suite hosts "$here" "$@"
