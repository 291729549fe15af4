#!/bin/bash
# run.sh [SECONDS] - kills, restarts and reloads under load: nothing may be lost or done
# twice
#
# SECONDS is the length of each storm (default: 10). BUILD is the folder of the
# programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
need_postgres "$here/run.sh" "$@"
export STORM_SECONDS=${1:-10}
export SUITE_SECONDS=$((STORM_SECONDS * 4 + 300))
export COLLEAGUES_SECONDS=${1:-10}
run_suite faults "$here" {storms,crm_storms,colleagues}.test.mjs
