#!/bin/bash
# run.sh [FILE.test.mjs ...] - what the API promises, through nginx
#
# BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
need_postgres "$here/run.sh" "$@"
SUITE_JOBS=2 run_suite api "$here" "${@/#/$here/}"
