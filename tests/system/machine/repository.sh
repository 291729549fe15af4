#!/bin/bash
# repository.sh BOOT - installs and upgrades from the repository of a release on a machine of systemd-machine.sh, with
# only the folder shared and the commands of the documents
#
# The folder shared contains four releases: "one", "two" with a newer package, "bad" with a package that was replaced
# after it was signed, and "forged", which was signed with a different key.
set -uo pipefail

. ./expect.sh

# document FILE: runs the blocks of the file that name this test.
document() {
	awk '/^```sh .*machine\/repository\.sh/ { on = 1; next } /^```$/ { on = 0 } on' "$1" | sed 's/^apt /apt-get -qq -y /' >block
	[ -s block ] && bash -euxo pipefail block </dev/null
}

version() {
	dpkg-query -W -f '${Version}' tenantry 2>/dev/null
}

answers() {
	[ "$(curl -ksS -o /dev/null -w '%{http_code}' --connect-to ::127.0.0.1: https://crm.example.test/ready)" = 200 ]
}

publish() {
	ln -sfn "$PWD/shared/$1" /srv/tenantry
}

chmod 755 shared shared/*
publish one
first=$(dpkg-deb -f shared/one/apt/pool/*/tenantry_*.deb Version | sed 's/^Version: //' | sort -V | head -n 1)
expect 'it cannot be installed from the repository' document operations.md
expect 'another version is installed' [ "$(version)" = "$first" ]
echo '127.0.0.1 crm.example.test' >>/etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=crm.example.test \
	-addext subjectAltName=DNS:crm.example.test -keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem KEY=/etc/ssl/crm.key >answers
expect 'setup fails' tenantry setup --from answers
publish forged
expect 'a repository that another key has signed is accepted' bash -c '
	{ apt-get -qq update || :; } 2>&1 | grep -i "not.* signed\|NO_PUBKEY\|public key" && ! apt-get -qq -y install tenantry=99.0.0'
publish bad
apt-get -qq update
expect 'a replaced package is installed' bash -c '! apt-get -qq -y install tenantry </dev/null && apt-get clean'
expect 'the version has changed' [ "$(version)" = "$first" ]
publish two
expect 'it cannot be upgraded from the repository' document upgrading.md
expect 'the new version is not installed' [ "$(version)" = 99.0.0 ]
expect 'it does not answer after the upgrade' answers
expect 'it cannot go back' tenantry upgrade --back
expect 'the first version is not installed again' [ "$(version)" = "$first" ]
expect 'apt does not upgrade it' bash -c 'apt-get -qq -y upgrade </dev/null'
expect 'apt did not install the new version' [ "$(version)" = 99.0.0 ]
expect 'it does not answer after apt has upgraded it' bash -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(curl -ksS -o /dev/null -w "%{http_code}" --connect-to ::127.0.0.1: https://crm.example.test/ready)" != 200 ] || exit 0
	sleep 1
done; exit 1'
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
