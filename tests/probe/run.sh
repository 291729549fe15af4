#!/bin/bash
# run.sh - tries to reach another organization's rows in every way there is
#
# BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
need_postgres "$here/run.sh" "$@"
run_suite probe "$here"
