#!/bin/bash
# run.sh - tests the high availability of docs/scaling.md: six machines, each of which is lost while clients
# write
#
# The machines are namespaces, in a separate network. HA_ROUNDS is how many times each process and machine
# is lost (default: 1). BUILD is the folder of the programs.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/server.sh"
skip() {
	echo "ha: SKIPPED, $1" >&2
	exit 77
}
[ "$(id -u)" = 0 ] || skip 'it needs root'
for program in patroni etcd haproxy iptables; do
	command -v $program >/dev/null || skip "there is no $program"
done
if [ "${1:-}" != inside ]; then
	need_build
	apart=(unshare --net --mount --pid --fork --mount-proc --kill-child)
	"${apart[@]}" true 2>/dev/null || skip 'namespaces are not allowed here'
	exec "${apart[@]}" "$here/run.sh" inside
fi

ip link set lo up
ip link add machines type bridge
ip address add 192.0.2.1/24 dev machines
ip link set machines up
STACK=$(scratch ha)
chmod 755 "$STACK" # etcd and Postgres have their own users
trap 'if [ -n "${KEEP_STACK:-}" ]; then echo "kept: $STACK"; else rm -rf "$STACK"; fi' EXIT
export STACK SOURCES BUILD BASE=http://192.0.2.10:8080
export NODE_OPTIONS="--dns-result-order=ipv4first --require=$SOURCES/tests/lib/node18.cjs"
export PGHOST=192.0.2.21,192.0.2.22,192.0.2.23 PGUSER=postgres PGPASSWORD=change-me-1 PGDATABASE=crm
export PGTARGETSESSIONATTRS=read-write PGCONNECT_TIMEOUT=2
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
export PATH=$bin:$PATH
status=0
timeout "${HA_SECONDS:-900}" node --test-reporter=tap "$here/ha.test.mjs" >"$STACK/tap" 2>&1 || status=$?
[ $status = 0 ] || awk -f "$SOURCES/tests/lib/failures.awk" "$STACK/tap"
sed -nE 's/^ *(# )?say /    /p' "$STACK/tap"
printf 'ha: %d passed, %d failed\n' "$(sed -n 's/^# pass //p' "$STACK/tap")" "$(sed -n 's/^# fail //p' "$STACK/tap")"
exit $status
