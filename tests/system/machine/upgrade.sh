#!/bin/bash
# upgrade.sh BOOT - upgrades the package on a machine of systemd-machine.sh to the
# next release and back, under load, with failures, and killed half-way
#
# The next release is the package with an additional migration, changed definitions and
# a different version. The commands are those of docs/upgrading.md.
set -uo pipefail

. ./expect.sh

# document N: runs a block of docs/upgrading.md that names this test.
document() {
	awk -v n="$1" '/^```sh .*machine\/upgrade\.sh/ { block++; on = 1; next }
		/^```$/ { on = 0 } on && block == n' upgrading.md >block
	[ -s block ] || {
		echo "upgrading.md has no block $1"
		return 1
	}
	(cd release && bash -euxo pipefail ../block)
}

version() {
	dpkg-query -W -f '${Status} ${Version}' tenantry
}

# one SQL: prints a value from the database.
one() {
	(cd / && runuser -u postgres -- psql -XAtqd tenantry -c "$1")
}

steps() {
	one 'SELECT count(*) FROM ops.schema_migration'
}

# release VERSION MIGRATION [SCRIPT]: makes release/tenantry_VERSION.deb from the
# package with the additional migration. SCRIPT changes the package in its folder.
release() {
	local files=tree/usr/share/tenantry last
	rm -rf tree release
	mkdir release
	dpkg-deb -R first.deb tree
	last=$(cd $files/migrations && printf '%s\n' [0-9]* | tail -n 1)
	printf '%s\n' "$2" '-- down' 'SELECT 1;' \
		>"$files/migrations/$(printf %03d $((10#${last%%_*} + 1)))_test.sql"
	echo 'CREATE OR REPLACE FUNCTION crm.test_upgrade() RETURNS integer
LANGUAGE sql AS $$SELECT 1$$;' >$files/schema/crm/test_upgrade.sql
	echo '-- changed' >>$files/schema/crm/task.sql
	sed -i "s/^Version: .*/Version: $1/" tree/DEBIAN/control
	(cd tree && bash -c "${3:-:}")
	rm -f tree/DEBIAN/md5sums
	dpkg-deb --root-owner-group -z1 -b tree "release/tenantry_$1.deb" >/dev/null
}

good='ALTER TABLE crm.contacts ADD test text;
ALTER TABLE crm.tasks ADD test text NOT NULL DEFAULT $$x$$;
CREATE INDEX contacts_test ON crm.contacts (org_id, test);'

set_up() {
	apt-get -qq update
	apt-get -qq -y install ./tenantry_*.deb wrk >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	mv tenantry_*.deb first.deb
	echo '127.0.0.1 crm.example.test' >>/etc/hosts
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test \
		-keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem \
		KEY=/etc/ssl/crm.key >answers
	tenantry setup --from answers >setup.out 2>&1 || {
		cat setup.out
		return 1
	}
	ask -f "$at/api/signup" -H "$json" \
		-d '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' |
		sed 's/.*"token":"\([^"]*\)".*/\1/' >token
	[ -s token ]
}

# Sends requests of a signed-in user, some of which write, and requests of the
# monitoring.
write_load() {
	cat >load.lua <<-LUA
		local n = 0
		wrk.headers["Authorization"] = "Bearer $(cat token)"
		wrk.headers["Content-Type"] = "application/json"
		function request()
			n = n + 1
			if n % 20 == 0 then
				return wrk.format("POST", "/api/contacts", nil,
				    '{"first_name":"n","last_name":"m"}')
			end
			return wrk.format("GET", n % 5 == 0 and "/api/tags" or "/ready")
		end
		function done(summary, latency)
			local e = summary.errors
			print(string.format("%d %d %d", summary.requests,
			    e.connect + e.read + e.write + e.timeout + e.status,
			    latency.max / 1000))
		end
	LUA
}

# under_load COMMAND...: runs the command while requests are sent, and appends to the
# file "counts".
under_load() {
	local status=0 pid
	: >load.on
	while [ -e load.on ]; do
		wrk -t 1 -c 8 -d 10 --timeout 20 -s load.lua $at 2>&1 |
			tail -n 1 >>counts
	done &
	pid=$!
	sleep 2
	"$@" || status=$?
	sleep 2
	rm load.on
	wait $pid
	return $status
}

unchanged() {
	[ "$(version)" = "install ok installed $first" ] &&
		[ "$(steps)" = "$first_steps" ] &&
		[ "$(systemctl show -P MainPID tenantry)" = "$first_pid" ] &&
		[ ! -e /var/lib/tenantry-upgrade/under-way ]
}

works() {
	[ "$(version)" = "install ok installed $1" ] && tenantry doctor &&
		ask -f -o /dev/null "$at/ready" &&
		[ ! -e /var/lib/tenantry-upgrade/under-way ]
}

# kill_when CONDITION: begins the upgrade, and kills all its processes when the
# condition is true.
kill_when() {
	local pid
	setsid tenantry upgrade release/tenantry_*.deb >killed.log 2>&1 &
	pid=$!
	until eval "$1"; do
		kill -0 $pid 2>/dev/null || {
			cat killed.log
			echo "it ended before: $1"
			return 1
		}
		sleep 0.02
	done
	kill -9 -- -$pid
	wait $pid 2>/dev/null
	true
}

failing_releases() {
	release 99.0.0 'SELECT 1 / 0;'
	refuses 'division by zero' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'a failing migration changes something' unchanged
	release 99.0.0 'DROP TABLE crm.favicons_excluded_domains CASCADE;'
	refuses 'nothing was changed' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'an incompatible migration changes something' unchanged
	release 99.0.0 "-- incompatible: a test
$good"
	refuses '--one-way continues' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'a release without a way back changes something' unchanged
	release 0.0.1 "$good"
	refuses 'is older than' tenantry upgrade --plan release/tenantry_0.0.1.deb
	refuses 'is no Debian package' tenantry upgrade /etc/hosts
	refuses 'no previous release' tenantry upgrade --back
	release 99.0.0 "$good"
	echo http://192.0.2.1 >/etc/tenantry/secrets/SMTP_URL
	refuses '--despite-doctor upgrades nevertheless' tenantry upgrade --plan release/tenantry_99.0.0.deb
	expect 'a failure of the doctor cannot be passed over' \
		tenantry upgrade --plan --despite-doctor release/tenantry_99.0.0.deb
	rm /etc/tenantry/secrets/SMTP_URL
	release 99.0.0 "$good" 'sed -i s/^Depends:/"Depends: no-such-package,/" DEBIAN/control'
	refuses 'no-such-package' tenantry upgrade --plan release/tenantry_99.0.0.deb
	expect 'a plan changes something' unchanged
}

# The new workers do not start, so the previous release is installed again.
goes_back_by_itself() {
	release 99.0.0 "$good" \
		'printf "#!/bin/sh\nexit 1\n" >usr/sbin/tenantry-fcgi'
	# Writing messages to a lost terminal fails.
	expect "$first does not run again" bash -c '! tenantry upgrade release/tenantry_99.0.0.deb >said 2>/dev/full &&
		grep -qF "$1 runs again" said' - "$first"
	expect "$first does not work again" works "$first"
	expect 'the schema went back' [ "$(steps)" = $((first_steps + 1)) ]
}

killed_half_way() {
	local here=/var/lib/tenantry-upgrade
	release 99.0.0 "$good"
	# The upgrade is killed during the rehearsal.
	expect 'it is not killed' kill_when \
		'[ "$(one "SELECT count(*) FROM pg_database WHERE datname = '"'tenantry_rehearsal'"'")" = 1 ]'
	sleep 8 # killed processes leave their sessions
	expect 'a killed rehearsal changes something' unchanged
	# The upgrade is killed after the schema was updated, while the old programs
	# still serve.
	expect 'it is not killed' kill_when "[ -e $here/under-way ]"
	expect 'the previous release does not serve' ask -f -o /dev/null "$at/ready"
	expect 'the kept package is broken' dpkg-deb -I $here/previous.deb
	# The upgrade is killed while dpkg is working.
	expect 'it is not killed' kill_when \
		'! version | grep -q "^install ok installed"'
	refuses 'an upgrade was interrupted' bash -c \
		'tenantry upgrade --plan release/tenantry_99.0.0.deb; false'
	expect 'it cannot be completed' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'the completed upgrade does not work' works 99.0.0
	expect 'it cannot go back' tenantry upgrade --back
	expect 'the previous release does not work' works "$first"
	expect 'it is not killed again' kill_when \
		'! version | grep -q "^install ok installed"'
	expect 'it cannot go back half-way' tenantry upgrade --back
	expect 'the previous release does not work half-way' works "$first"
}

two_at_once() {
	local pid
	setsid tenantry upgrade release/tenantry_99.0.0.deb >first.log 2>&1 &
	pid=$!
	until
		flock -n /var/lib/tenantry-upgrade/lock true
		[ $? = 1 ]
	do
		sleep 0.02
	done
	refuses 'another tenantry upgrade runs' tenantry upgrade --back
	kill -9 -- -$pid
	wait $pid 2>/dev/null
	sleep 8
}

# No request fails while the workers and the schema are upgraded, or while the upgrade
# is reverted.
upgrades_under_load() {
	local end
	release 99.0.0 "$good"
	expect 'the plan fails' document 1
	grep -q 'ok    back' out.last || echo "FAILED: the plan: $(cat out.last)"
	sed 's/^/machine: /' out.last
	expect 'the upgrade fails' under_load document 2
	expect '99.0.0 does not work' works 99.0.0
	expect 'the new schema is not there' [ "$(steps)" = $((first_steps + 1)) ]
	expect 'the new definitions are not there' [ "$(one 'SELECT crm.test_upgrade()')" = 1 ]
	refuses 'is installed already' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'the way back fails' under_load document 3
	expect "$first does not work" works "$first"
	refuses 'is installed already' tenantry upgrade --back
	# 100,000 requests, or as many as a slow machine answers in five minutes.
	end=$((SECONDS + 300))
	while [ $SECONDS -lt $end ] &&
		[ "$(awk '{ n += $1 } END { print n + 0 }' counts)" -lt 100000 ]; do
		expect 'a restart fails' under_load systemctl restart tenantry
	done
	awk '{ n += $1; bad += $2; if ($3 > most) most = $3 }
		END { print "machine: " bad + 0 " of " n " requests failed,",
			"the slowest took " most " ms" }' counts
	expect 'P81 requests fail' awk '{ bad += $2 + ($1 == 0) } END { exit bad > 0 }' counts
}

# Faults that doctor finds and that an upgrade repairs do not stop the upgrade.
repairs() {
	release 99.0.0 "$good"
	systemctl stop tenantry-jobs
	dpkg --unpack first.deb >dpkg.log 2>&1
	systemctl stop tenantry-jobs
	expect 'the doctor does not find it' bash -c 'tenantry doctor >said; grep "^FAIL  package " said && grep "^FAIL  units " said'
	expect 'the plan is refused' tenantry upgrade --plan release/tenantry_99.0.0.deb
	grep -q '^warn  doctor .*FAIL  package' out.last || echo "FAILED: the plan: $(cat out.last)"
	expect 'it is not repaired' tenantry upgrade release/tenantry_99.0.0.deb
	expect 'the repaired installation does not work' works 99.0.0
	expect 'a repaired installation cannot go back' tenantry upgrade --back
	expect 'the repaired installation does not work after the way back' works "$first"
}

# Tests point-in-time recovery with the files of Debian, whose pgbackrest already has
# settings.
drills() {
	local time
	apt-get -qq -y install pgbackrest >apt.log 2>&1 </dev/null
	refuses 'restart it' tenantry drill setup
	systemctl restart postgresql
	expect 'drill setup fails' tenantry drill setup
	sleep 12
	time=$(date '+%F %T')
	sleep 1
	ask -f -o /dev/null "$at/api/tags" -H "$json" \
		-H "Authorization: Bearer $(cat token)" -d '{"name":"late","color":"#abc"}'
	expect 'the drill fails' tenantry drill --to "$time"
	grep -q '; 1 later ones are not' out.last || {
		cat out.last
		return 1
	}
}

main() {
	set_up || return 1
	write_load
	first=$(dpkg-query -W -f '${Version}' tenantry)
	first_steps=$(steps)
	first_pid=$(systemctl show -P MainPID tenantry)
	failing_releases
	upgrades_under_load
	goes_back_by_itself
	first_steps=$(steps) first_pid=$(systemctl show -P MainPID tenantry)
	killed_half_way
	two_at_once
	repairs
	drills || failed=$((failed + 1))
}

main || failed=$((failed + 1))
[ "$failed" = 0 ] || journalctl --no-pager -u 'tenantry*' -u nginx |
	grep -v ' info .* request ' | tail -n 40
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
