#!/bin/bash
# run.sh [FILE.test.mjs ...] - the stock JavaScript clients against a stack
#
# BUILD is the folder of the programs; see tests/lib/server.sh.  The clients
# are installed once, in a cache of the user.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/suite.sh"
need_postgres "$here/run.sh" "$@"

# The folder of the clients, made anew for each package.json.
install_clients() {
	local sum
	sum=$(sha256sum <"$here/package.json" | cut -c1-16)
	CLIENTS=${XDG_CACHE_HOME:-$HOME/.cache}/tenantry/contract-$sum
	[ ! -d "$CLIENTS/node_modules" ] || return 0
	mkdir -p "$CLIENTS.new"
	cp "$here/package.json" "$CLIENTS.new"
	(cd "$CLIENTS.new" && npm install --silent --no-audit --no-fund \
	    --no-package-lock) || {
		echo "npm could not install the clients" >&2
		return 1
	}
	rm -rf "$CLIENTS"
	mv "$CLIENTS.new" "$CLIENTS"
}

# A module finds others above itself only, and the sources are left alone.
install_clients
work=$(mktemp -d /tmp/tenantry-contract.XXXXXX)
trap 'rm -rf "$work"' EXIT
cp -R "$here"/. "$work"
ln -s "$CLIENTS/node_modules" "$work/node_modules"
run_suite contract "$work" "${@/#/$work/}"
