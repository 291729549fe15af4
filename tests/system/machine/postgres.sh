#!/bin/bash
# postgres.sh BOOT - moves the Postgres of a machine of systemd-machine.sh from 15 to 17 and back, with a rehearsal, under load, and
# with an upgrade that fails
#
# Debian 12 has Postgres 15. Postgres 17 is from Debian 13, as on a machine whose Debian was upgraded. The commands are
# those of docs/upgrading.md.
set -uo pipefail

. ./expect.sh

# document N: runs a block of docs/upgrading.md that names this test.
document() {
	awk -v n="$1" '/^```sh .*machine\/postgres\.sh/ { block++; on = 1; next }
		/^```$/ { on = 0 } on && block == n' upgrading.md >block
	[ -s block ] && bash -euxo pipefail block
}

one() {
	(cd / && runuser -u postgres -- psql -XAtqd tenantry -c "$1")
}

sign_in() {
	ask "$at/api/auth/sign-in/email" -H "$json" -d '{"email":"ada@example.org","password":"a long password"}' >session &&
		grep '"token"' session
}

contact() { # NAME
	ask -f -o /dev/null "$at/api/contacts" -H "$json" -H "Authorization: Bearer $(sed 's/.*"token" *: *"\([^"]*\)".*/\1/' session)" \
		-d "{\"first_name\":\"$1\",\"last_name\":\"x\"}"
}

# works VERSION CONTACTS: the installation runs with this version and has this number of
# contacts.
works() {
	pg_lsclusters
	[ "$(one 'SHOW server_version_num')" -ge $(($1 * 10000)) ] && [ "$(one 'SHOW server_version_num')" -lt $((($1 + 1) * 10000)) ] &&
		sign_in && [ "$(one 'SELECT count(*) FROM crm.contacts')" = "$2" ] && tenantry doctor &&
		! pg_lsclusters -h | grep rehearsal && [ "$(pg_lsclusters -h | grep -c online)" = "${3:-1}" ]
}

# under_load COMMAND...: no request fails during the command.
under_load() {
	local status=0 pid
	: >load.on
	while [ -e load.on ]; do
		ask -o /dev/null -w '%{http_code}\n' "$at/ready" 2>&1
		sleep 0.1
	done >codes &
	pid=$!
	"$@" || status=$?
	rm load.on
	wait $pid
	sort codes | uniq -c
	[ "$(sort -u codes)" = 200 ] && return $status
}

set_up() {
	apt-get -qq update
	apt-get -qq -y install ./tenantry_*.deb >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	echo '127.0.0.1 crm.example.test' >>/etc/hosts
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test -keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem KEY=/etc/ssl/crm.key >answers
	tenantry setup --from answers >setup.out 2>&1 || {
		cat setup.out
		return 1
	}
	echo 'SIGNUP="open"' >>/etc/tenantry/tenantry.conf
	(cd / && TENANTRY_DEMO_PASSWORD='a demo password' tenantry seed demo) >/dev/null
	ask -f -o /dev/null "$at/api/signup" -H "$json" \
		-d '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' &&
		sign_in >/dev/null && contact Grace
}

# The state is the same as after "apt full-upgrade" to Debian 13 and a boot: the new libraries require a
# restart.
install_new_version() {
	sed 's/bookworm/trixie/g' /etc/apt/sources.list >/etc/apt/sources.list.d/trixie.list
	printf '%s\n' 'Package: *' 'Pin: release n=trixie' 'Pin-Priority: 100' >/etc/apt/preferences.d/trixie
	apt-get -qq update
	apt-get -qq -y -t trixie install postgresql-17 >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	systemctl restart postgresql@15-main tenantry.target
	sleep 3
}

# Changes a row of the new cluster, as a faulty program could, but not in the rehearsal.
spoil() {
	cat >/etc/postgresql-common/pg_upgradecluster.d/zz-spoil <<-'END'
		#!/bin/sh
		# The arguments are OLD NAME NEW PHASE, and the user is postgres.
		[ "$2 $4" != "main finish" ] ||
			psql -Xq -p "$(pg_lsclusters -h | awk '$1 == 17 && $2 == "main" { print $3 }')" -d tenantry \
				-c "SET session_replication_role = replica" -c "UPDATE crm.contacts SET last_name = 'spoilt'"
	END
	chmod 755 /etc/postgresql-common/pg_upgradecluster.d/zz-spoil
}

first_boot() {
	. /etc/os-release
	[ "$VERSION_CODENAME" = bookworm ] || {
		echo 'machine: 0 passed, 0 failed: Postgres 15 is of Debian 12'
		exit 0
	}
	set_up || return 1
	contacts=$(one 'SELECT count(*) FROM crm.contacts')
	echo "$contacts" >contacts
	refuses 'none that is newer is installed' tenantry postgres upgrade
	refuses 'Postgres 17 is not installed' tenantry postgres upgrade 17 --plan
	install_new_version || return 1
	expect 'docs/upgrading.md: no plan' document 1
	sed 's/^/machine: /' out.last
	expect 'docs/upgrading.md: the rehearsal fails' under_load document 2
	sed 's/^/machine: /' out.last
	expect 'a rehearsal changes something' works 15 "$contacts"
	refuses 'there was no upgrade of Postgres here' tenantry postgres back
	spoil
	refuses 'Postgres 15 runs again' tenantry postgres upgrade
	expect 'it does not say what differs' grep 'differ, such as crm.contacts' said
	expect 'a failed upgrade changes something' works 15 "$contacts"
	rm /etc/postgresql-common/pg_upgradecluster.d/zz-spoil
	# Some packages of Postgres create a cluster in addition to the existing one.
	pg_createcluster --start 17 main >/dev/null
	expect 'an empty cluster is not replaced' bash -c 'tenantry postgres upgrade --plan | grep "the empty cluster 17/main"'
	expect 'docs/upgrading.md: the upgrade fails' document 3
	sed 's/^/machine: /' out.last
	expect 'Postgres 17 does not work' works 17 "$contacts"
	expect 'no backup with Postgres 17' tenantry backup
	expect 'a new installation cannot be made with Postgres 17' bash -c 'cd / && runuser -u tenantry -- psql -Xqd tenantry -c "
		GRANT tenantry_app TO tenantry; ALTER ROLE tenantry_app SET lock_timeout = 0; ALTER ROLE tenantry_app RESET lock_timeout"'
	expect 'nothing can be written' contact Mary
	refuses 'which the cluster 15/main lacks' tenantry postgres back
	expect 'a refused way back changes something' works 17 $((contacts + 1))
	expect 'docs/upgrading.md: the way back fails' document 4
	sed 's/^/machine: /' out.last
	expect 'Postgres 15 does not work again' works 15 "$contacts"
	expect 'no backup with Postgres 15' tenantry backup
	refuses 'which does not run or is not empty' tenantry postgres upgrade --plan
}

case $1 in
1)
	first_boot || failed=$((failed + 1))
	echo "$passed $failed" >counts
	[ "$failed" = 0 ] && exit 100
	;;
2)
	read -r passed failed <counts
	for ((tick = 0; tick < 100; tick++)); do
		ask -f -o /dev/null "$at/ready" 2>/dev/null && break
		sleep 0.2
	done
	sleep 3
	expect 'Postgres 15 does not work after a boot' works 15 "$(cat contacts)"
	expect 'the other cluster cannot be deleted' pg_dropcluster 17 main
	expect 'it cannot be upgraded after that' tenantry postgres upgrade
	expect 'Postgres 17 does not work in the end' works 17 "$(cat contacts)"
	;;
esac
[ "$failed" = 0 ] || journalctl --no-pager -u 'tenantry*' -u 'postgresql*' | grep -v ' info .* request ' | tail -n 30
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
