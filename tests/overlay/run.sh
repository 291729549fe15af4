#!/bin/bash
# run.sh [FILE.test.mjs ...] - Atomic CRM's providers, by ra-core, on a stack
#
# The files of tests/contract that go by the stock provider go by these as
# well; screens.users.test.mjs has a user's own ways.  BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
. "$here/../lib/clients.sh"
need_postgres "$here/run.sh" "$@"
with_clients "$here"
cp "$here"/../contract/acceptance.*.test.mjs "$WORK"
rm "$WORK/acceptance.users.test.mjs"
cp -n "$here"/../contract/lib/*.mjs "$WORK/lib"
cp -R "$SOURCES/contrib/atomic-crm" "$WORK/src"
"$WORK/node_modules/.bin/tsc" -p "$WORK"
run_suite overlay "$WORK" "${@/#/$WORK/}"
