#!/bin/bash
# run.sh [FILE.test.mjs ...] - tests the front end in a real browser, through nginx
#
# BUILD is the folder of the programs; see tests/lib/server.sh. The browser is Debian's
# chromium (the headless version, if it is installed), or the program in CHROMIUM.
# SCREENS is a folder for pictures of every tested page. Without it, no pictures are
# taken.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
. "$here/../lib/clients.sh"
need_browser web
need_postgres "$here/run.sh" "$@"
"$SOURCES/script/web"
export STACK_WEB=$SOURCES/web/dist STACK_JOBS=yes
if [ -n "${SCREENS:-}" ]; then
	mkdir -p "$SCREENS"
	SCREENS=$(cd "$SCREENS" && pwd)
	export SCREENS
fi
with_clients "$here"
rm -r "$WORK/browser" "$WORK/atomic"
SUITE_JOBS=${SUITE_JOBS:-2} run_suite web "$WORK" "$@"
