#!/bin/bash
# imports.sh [KILLS [ROWS]] - kills an import, and the undo of an import, repeatedly
#
# During both, a job process, a Postgres backend or a worker is killed KILLS times
# (default: 5). The import has ROWS rows (default: 2500). BUILD is the folder of the
# programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/imports.sh" "$@"
export SUITE_SECONDS=${SUITE_SECONDS:-3600}
export KILLS=${1:-5} ROWS=${2:-2500}
run_suite imports "$here" imports.test.mjs
