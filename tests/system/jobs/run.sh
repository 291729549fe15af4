#!/bin/bash
# run.sh [FILE.test.mjs ...] - tenantry-jobs against a real SMTP server
#
# BUILD is the folder of the programs; see tests/lib/server.sh.  KILL_ROUNDS is
# how often the processes are killed in the midst of it (40).
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
. "$here/../../lib/clients.sh"
need_postgres "$here/run.sh" "$@"
with_clients "$here"
export SUITE_SECONDS=600
SUITE_JOBS=2 run_suite jobs "$WORK" "$@"
