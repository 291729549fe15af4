#!/bin/bash
# memory.sh [REQUESTS] - private memory stays flat, and valgrind finds nothing
#
# REQUESTS requests of all kinds (default: 100,000) are sent to the workers, and
# then a shorter mix to workers under valgrind. BUILD is a folder built without
# sanitizers.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/memory.sh" "$@"
need_build
export MIX_REQUESTS=${1:-100000}
if nm "$BUILD/tenantry-fcgi" | grep -q __asan_init; then
	echo "memory: $BUILD has sanitizers, which keep memory to themselves" >&2
	exit 1
fi
run_suite memory "$here" memory.test.mjs

command -v valgrind >/dev/null || {
	echo "memory: SKIPPED the half with valgrind; install valgrind" >&2
	exit 77
}
wrapped=$(scratch valgrind)
trap 'rm -rf "$wrapped"' EXIT
ln -s "$BUILD/tenantry" "$wrapped/tenantry"
cat >"$wrapped/tenantry-fcgi" <<-SCRIPT
	#!/bin/sh
	exec valgrind -q --leak-check=full --show-leak-kinds=definite,indirect \\
	    --errors-for-leak-kinds=definite,indirect --error-exitcode=99 \\
	    --log-file="$wrapped/log.%p" "$BUILD/tenantry-fcgi" "\$@"
SCRIPT
chmod 755 "$wrapped/tenantry-fcgi"
status=0
# valgrind needs system calls that workers do not need.
TENANTRY_SANDBOX=off BUILD=$wrapped run_suite valgrind "$here" quiet.test.mjs || status=1
cat "$wrapped"/log.* >"$wrapped/said"
if [ -s "$wrapped/said" ]; then
	cat "$wrapped/said"
	status=1
fi
echo "memory: flat over $MIX_REQUESTS requests;" \
	"valgrind said $(wc -l <"$wrapped/said") lines"
exit $status
