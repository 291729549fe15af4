#!/bin/bash
# run.sh [FILE.test.mjs ...] - tests tenantry-jobs with a real SMTP server
#
# BUILD is the folder of the programs; see tests/lib/server.sh. KILL_ROUNDS is
# the number of times that the processes are killed (default: 8, or 40 with
# TESTS_ALL).
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
. "$here/../../lib/clients.sh"
need_postgres "$here/run.sh" "$@"
with_clients "$here"
export SUITE_SECONDS=600
SUITE_JOBS=${SUITE_JOBS:-2} run_suite jobs "$WORK" "$@"
