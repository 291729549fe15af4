#!/bin/bash
# imports.sh [KILLS [ROWS]] - an import, and its undoing, killed again and again
#
# KILLS times (5) during each of the two, of so many rows (2500), one of the
# jobs, a backend of Postgres or a worker is killed without warning.  BUILD
# is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/imports.sh" "$@"
export SUITE_SECONDS=${SUITE_SECONDS:-3600}
export KILLS=${1:-5} ROWS=${2:-2500}
run_suite imports "$here" imports.test.mjs
