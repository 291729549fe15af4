#!/bin/bash
# run.sh [FILE.test.mjs ...] - the stock JavaScript clients against a stack
#
# BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
. "$here/../lib/clients.sh"
need_postgres "$here/run.sh" "$@"
with_clients "$here"
SUITE_JOBS=3 run_suite contract "$WORK" "${@/#/$WORK/}"
