#!/bin/bash
# files.sh - uploads and periodic tasks killed at each step, and disks that fail
#
# BUILD is the folder of the programs, built without sanitizers; see
# tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/files.sh" "$@"
need_build
wrapped=$(scratch steps)
trap 'rm -rf "$wrapped"' EXIT
cc -shared -fPIC -O1 -o "$wrapped/steps.so" "$here/steps.c" -ldl
ln -s "$BUILD/tenantry" "$wrapped/tenantry"
for name in tenantry-fcgi tenantry-jobs; do
	printf '#!/bin/sh\nLD_PRELOAD=%s STEPS=%s exec %s "$@"\n' \
		"$wrapped/steps.so" "$wrapped/step.$name" "$BUILD/$name" \
		>"$wrapped/$name"
	chmod 755 "$wrapped/$name"
done
export STEPS=$wrapped/step
BUILD=$wrapped run_suite files "$here" files.test.mjs
