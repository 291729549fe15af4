#!/bin/bash
# run.sh [FILE.test.mjs ...] - tests a real browser, on a plain page of the server's
# origin
#
# BUILD is the folder of the programs; see tests/lib/server.sh. The browser is Debian's
# chromium (the headless version, if it is installed), or the program in CHROMIUM.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
. "$here/../../lib/clients.sh"
need_browser browser
need_postgres "$here/run.sh" "$@"
with_clients "$here"
"$WORK/node_modules/.bin/esbuild" "$WORK/page/app.mjs" --bundle \
	--format=esm --log-level=warning --outfile="$WORK/page/app.js"
run_suite browser "$WORK" "$@"
