#!/bin/bash
# run.sh [FILE.test.mjs ...] - Atomic CRM as the front end of the server, in a browser
#
# A small page replaces the page of Atomic CRM. It is built in the same way: relative paths,
# and a service worker with the options of its vite.config.ts and of vite-plugin-pwa. nginx
# serves it with contrib/atomic-crm/nginx.conf. BUILD is the folder of the programs; see
# tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
. "$here/../../lib/clients.sh"
need_browser atomic
need_postgres "$here/run.sh" "$@"
with_clients "$here"
cp -R "$SOURCES/contrib/atomic-crm" "$WORK/src"
node "$WORK/build.mjs" "$WORK"
export STACK_FRONT=$WORK/front.conf
sed "s|@BUILD@|$WORK/dist|" "$SOURCES/contrib/atomic-crm/nginx.conf" >"$STACK_FRONT"
chmod 755 "$(dirname "$WORK")" "${WORK%/web/*}"
run_suite atomic "$WORK" "$@"
