#!/bin/bash
# screens.sh [FILE.test.mjs ...] - tests Atomic CRM's providers on a stack, called by ra-core
#
# The tests of atomic_crm that use the stock provider run with the providers of
# contrib/atomic-crm instead. screens/ tests what a screen does with them. BUILD is the
# folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
. "$here/../lib/clients.sh"
need_postgres "$here/screens.sh" "$@"
with_clients "$here"
rm "$WORK/atomic_crm/users.test.mjs" # screens/ has a separate test
cp -R "$SOURCES/contrib/atomic-crm" "$WORK/screens/src"
# Runs Atomic CRM's own check, without an option.
"$WORK/node_modules/.bin/prettier" --no-config --no-editorconfig --check \
	"$WORK/screens/src/**/*.ts" >/dev/null || {
	echo 'prettier formats contrib/atomic-crm differently' >&2
	exit 1
}
"$WORK/node_modules/.bin/tsc" -p "$WORK/screens"
echo "export * from '../screens/lib/provider.mjs';" >"$WORK/lib/provider.mjs"
[ $# != 0 ] || set -- atomic_crm screens
run_suite screens "$WORK" "$@"
