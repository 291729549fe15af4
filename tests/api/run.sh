#!/bin/bash
# run.sh [FOLDER | FILE.test.mjs ...] - tests the API through nginx
#
# The folders correspond to the folders of handlers/, and to functions that all routes
# share. The clients are unmodified packages from npm. screens.sh runs the folder
# screens. BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
. "$here/../lib/clients.sh"
need_postgres "$here/run.sh" "$@"
with_clients "$here"
rm -r "$WORK/screens"
SUITE_JOBS=${SUITE_JOBS:-2} run_suite api "$WORK" "$@"
