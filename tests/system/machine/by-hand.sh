#!/bin/bash
# by-hand.sh BOOT - installs the package on a machine of systemd-machine.sh and
# runs the blocks of docs/operations.md that name this file, in their order
set -uo pipefail

fail() {
	echo "FAILED: $*"
	echo 'by hand: 0 passed, 1 failed'
	exit 1
}

apt-get -qq update
apt-get -qq -y install ./tenantry_*.deb >apt.log 2>&1 </dev/null || {
	tail -n 20 apt.log
	fail 'the package cannot be installed'
}
echo '127.0.0.1 crm.example.org' >>/etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=crm.example.org -addext subjectAltName=DNS:crm.example.org \
	-keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
awk '/^```sh .*by-hand\.sh/ { block = 1; next } /^```$/ { block = 0 } block' \
	operations.md >blocks
export CURL_CA_BUNDLE=/etc/ssl/crm.pem # self-signed
[ "$(wc -l <blocks)" -gt 40 ] || fail 'operations.md has few blocks'
bash -euxo pipefail blocks >blocks.log 2>&1 || {
	tail -n 20 blocks.log
	journalctl -n 20 --no-pager -u 'tenantry*'
	fail 'a command of operations.md fails'
}
for ((tick = 0; tick < 50; tick++)); do
	said=$(curl -sS --cacert /etc/ssl/crm.pem -w ' %{http_code} %{http_version}' \
		https://crm.example.org/ready 2>&1)
	[ "${said% *}" != "${said% * *} 200" ] || break
	sleep 0.2
done
[[ $said == *' 200 2' ]] || fail "it answers: $said"
grep -q '^https://crm.example.org/operator.html#' blocks.log ||
	fail 'there is no link for the administrator'
curl -sS -o /dev/null -D - http://crm.example.org/x |
	grep -qi '^location: https://crm.example.org/x' || fail 'no redirect'
curl -sS -o /dev/null -D - --cacert /etc/ssl/crm.pem https://crm.example.org/ |
	grep -qi '^strict-transport-security:' || fail 'no HSTS'
echo 'by hand: 1 passed, 0 failed'
