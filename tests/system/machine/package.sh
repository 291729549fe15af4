#!/bin/bash
# package.sh BOOT - installs the package on a machine of systemd-machine.sh, sets it up,
# restarts it under load, and boots again
set -uo pipefail

. ./expect.sh
ca=/etc/ssl/crm.pem

# refuses TEXT ANSWER...: setup with these answers reports the fault in TEXT.
refuses() {
	local text=$1
	shift
	{
		cat answers
		printf '%s\n' "$@"
	} >wrong
	expect "setup does not say: $text" \
		bash -c '! tenantry setup --check --from wrong >said 2>&1 &&
		{ grep -qF -- "$0" said || { cat said; false; }; }' "$text"
}

ask() {
	curl -sS --cacert "$ca" --max-time 10 "$@"
}

sign_in() {
	ask "$at/api/auth/sign-in/email" -H "$json" \
		-d '{"email":"ada@example.org","password":"a long password"}' |
		tee sign-in | grep -q '"token"' || {
		cat sign-in
		false
	}
}

# setup_with ANSWER...: runs setup with these additional answers.
setup_with() {
	{
		cat answers
		printf '%s\n' "$@"
	} >other
	tenantry setup --from other
}

hides_passwords() {
	setup_with SMTP_URL=smtp://ada:hunter2@192.0.2.1:587 || return 1
	printf '\n%.0s' {1..20} |
		script -qec 'tenantry setup --check' /dev/null >said || return 1
	cat said
	grep -q 'empty: none \[kept\]: ' said &&
		grep -q 'a Postgres \[kept\]: ' said &&
		! grep -E 'hunter2|postgresql:///' said
}

removes_secret() {
	local before
	before=$(systemctl show -P MainPID tenantry)
	setup_with SMTP_URL= && [ ! -e /etc/tenantry/secrets/SMTP_URL ] &&
		[ "$(systemctl show -P MainPID tenantry)" != "$before" ]
}

# An upgrade does not change a disabled site, and reports a fault of nginx.
upgrades_nginx() {
	local link=/etc/nginx/sites-enabled/tenantry upgrade
	upgrade='bash /usr/share/tenantry/setup/setup nginx'
	$upgrade || return 1
	rm $link
	$upgrade && [ ! -e $link ] || return 1
	echo >>/etc/tenantry/nginx/tenantry.conf
	echo 'no_such_directive;' >/etc/nginx/conf.d/wrong.conf
	! $upgrade || return 1
	rm /etc/nginx/conf.d/wrong.conf
	tenantry setup --from answers && [ -e $link ] &&
		ask -f -o /dev/null "$at/ready"
}

running() {
	systemctl -q is-active tenantry.target tenantry.socket tenantry \
		tenantry-jobs tenantry-feed tenantry-backup.timer nginx
}

# Requests do not start services that are stopped.
stops() {
	local unit tick
	: >load.on
	load 1 &
	tenantry service status && tenantry service stop
	for ((tick = 0; tick < 20; tick++)); do
		ask -o /dev/null "$at/ready"
	done
	rm load.on
	wait
	! systemctl list-units --no-legend --state=active 'tenantry*' | grep . &&
		! pgrep tenantry-fcgi && ! tenantry service status &&
		tenantry service start && running && tenantry service status
}

# The logs of the services and nginx are followed until Ctrl-C.
follows() {
	local tick pid
	env --default-signal=INT setsid tenantry service follow >followed 2>&1 &
	pid=$!
	for ((tick = 0; tick < 50; tick++)); do
		ask -o /dev/null "$at/api/followed"
		echo 'an error of nginx' >>/var/log/tenantry/nginx-error.log
		sleep 0.2
		! grep -q 'an error of nginx' followed || ! grep -q 'route=none status=404' followed || break
	done
	kill -INT -- -$pid
	wait $pid
	sleep 2 # tail checks each second whether it is alone
	cat followed
	grep -q 'route=none status=404' followed && grep -q 'an error of nginx' followed && ! pgrep -f 'tail --pid'
}

# No file in the bundle contains the texts that are entered here.
supports() {
	local text
	echo "proxy_set_header X-Api-Key $(head -c 9 secrets-of-test);" >/etc/tenantry/site.d/secret.conf
	(cd /root && tenantry support-bundle) >bundle.tar.gz || return 1
	rm /etc/tenantry/site.d/secret.conf
	tar -xzf bundle.tar.gz
	for text in "$(cat /etc/tenantry/secrets/BETTER_AUTH_SECRET)" "$(grep -v '^#' /etc/tenantry/backup.key)" \
		ada@example.org admin@example.org Lovelace hunter2 "$(head -c 9 secrets-of-test)" "$(sed 's/.*"token":"\([^"]*\)".*/\1/' sign-in)"; do
		[ ${#text} -gt 5 ] || return 1
		! grep -rF -- "$text" tenantry-support-* || return 1
	done
	for text in 'journal:.* route=/ready ' 'journal:.*Started ' 'nginx.conf:.*listen 443' 'units:tenantry.service ' \
		'versions:tenantry ' 'tables:crm.contacts ' 'postgres:max_connections ' 'doctor:.* 0 failed' 'queues:queue  *mail ' \
		'settings:BETTER_AUTH_SECRET=(set)' 'answers:DOMAIN=crm.example.test'; do
		grep -rq "${text#*:}" tenantry-support-*/"${text%%:*}" || {
			echo "no $text"
			return 1
		}
	done
}

# Requests during restarts: each must be answered with 200.
load() {
	while [ -e load.on ]; do
		ask -o /dev/null -w '%{http_code}\n' "$at/ready?n=[1-200]" 2>&1
	done >"load.$1"
}

restart_under_load() {
	local i
	: >load.on
	for i in 1 2 3 4; do load $i & done
	for i in 1 2 3; do
		sleep 1
		systemctl restart tenantry || return 1
	done
	tenantry service restart || return 1
	apt-get -qq -y --reinstall install ./tenantry_*.deb >apt.log 2>&1 \
		</dev/null || {
		cat apt.log
		return 1
	}
	sleep 1
	rm load.on
	wait
	sort load.[1-4] | uniq -c
	[ "$(sort -u load.[1-4])" = 200 ]
}

healthy() {
	tenantry doctor >doctor 2>&1 && grep -q '^ok  *BETTER_AUTH_SECRET ' doctor &&
		! grep -i '^fail' doctor && return 0
	cat doctor
	return 1
}

# Doctor reports nothing about a new installation, except that it has no mail server.
fresh() {
	tenantry doctor >said && CURL_CA_BUNDLE=$ca tenantry nginx --check >>said || {
		cat said
		return 1
	}
	! grep -v -e '^ok  ' -e '^warn  SMTP_URL ' -e '^[0-9]* ok, 1 warnings, 0 failed$' said
}

no_secrets() {
	tr '\0' '\n' <"/proc/$(pgrep -o tenantry-fcgi)/environ" >environ &&
		grep '^BETTER_AUTH_URL=' environ &&
		! grep -E '^(BETTER_AUTH_SECRET|DATABASE_URL)=' environ
}

other_users() {
	tenantry user list >users || return 1
	cat users
	grep -qx 'no users' users
}

# Requests and the services wait for a database that is unavailable.
database_away() {
	local tick
	systemctl stop postgresql
	ask -o /dev/null "$at/api/auth/ok" &
	! systemctl restart tenantry || return 1
	for ((tick = 0; tick < 15; tick++)); do
		ask -o /dev/null "$at/ready" &
		sleep 1
	done
	systemctl -q is-active tenantry.socket || return 1
	systemctl start postgresql
	for ((tick = 0; tick < 50; tick++)); do
		! ask -f -o /dev/null "$at/ready" || break
		sleep 0.2
	done
	wait
	ask -f -o /dev/null "$at/ready" && running
}

# A command of root continues as the user, with the user's home.
becomes_user() {
	mkdir -p /tmp/libexec
	printf '#!/bin/sh\necho $(id -un) $USER $LOGNAME $HOME $(pwd -P)\n' \
		>/tmp/libexec/backup
	chmod 755 /tmp/libexec/backup
	(cd /root && TENANTRY_LIBEXEC=/tmp/libexec tenantry backup) >said
	cat said
	grep -qx 'tenantry tenantry tenantry /var/lib/tenantry /var/lib/tenantry' said
}

# The timer's service makes a backup with a role that the workers do not know.
backs_up() {
	systemctl start tenantry-backup || {
		journalctl -n 15 --no-pager -u tenantry-backup
		return 1
	}
	[ "$(tenantry backup list | grep -c '^tenantry-.*\.tar\.age$')" = 1 ] &&
		systemctl -q is-active tenantry-backup.timer &&
		[ "$(stat -c '%a %U' /etc/tenantry/backup.conf)" = '600 root' ] &&
		! tr '\0' '\n' <"/proc/$(pgrep -o tenantry-fcgi)/environ" |
		grep ^BACKUP_
}

# A lost database and lost files are restored.
restores() {
	tenantry user list >users && grep -q ada@example.org users || return 1
	systemctl stop tenantry.target
	(cd / && runuser -u postgres -- dropdb tenantry &&
		runuser -u postgres -- createdb -O tenantry -T template0 -E UTF8 \
			--locale=C.UTF-8 tenantry) || return 1
	find /var/lib/tenantry/uploads -type f -delete
	(cd /root && tenantry restore) || return 1
	systemctl start tenantry.target
	tenantry user list | diff users - && sign_in &&
		ask -f "$(cat uploaded)" | cmp - file
}

# Requests beyond the rate limit of the journal do not suppress an error.
keeps_errors() {
	local tick kept=1 since
	mkdir -p /run/systemd/system/tenantry.service.d
	printf '%s\n' '[Service]' LogRateLimitIntervalSec=1h LogRateLimitBurst=20 >/run/systemd/system/tenantry.service.d/limit.conf
	systemctl daemon-reload
	systemctl restart tenantry
	since=$(date '+%F %T')
	ask -o /dev/null "$at/ready?n=[1-1000]"
	kill -SEGV "$(pgrep -P "$(systemctl show -P MainPID tenantry)" | head -n 1)"
	for ((tick = 0; tick < 100 && kept == 1; tick++)); do
		sleep 0.2
		! journalctl -q -u tenantry -p err | grep worker_died || kept=0
	done
	[ "$(journalctl -q --since "$since" -u tenantry | grep -c ' request ')" -lt 1000 ] || kept=1
	rm -r /run/systemd/system/tenantry.service.d
	systemctl daemon-reload
	systemctl restart tenantry # crashes count from now on
	return $kept
}

exposure() {
	systemd-analyze security "$1" | sed -n 's/.*level for .*: \([0-9.]*\) .*/\1/p'
}

# Builds the package on this machine if there is a source instead of a package.
build() {
	mkdir tree
	tar -C tree -xzf source.tar.gz
	apt-get -qq -y install build-essential >build.log 2>&1 </dev/null &&
		apt-get -qq -y build-dep -Ppkg.tenantry.prebuilt,nocheck ./tree \
			>>build.log 2>&1 </dev/null &&
		(cd tree && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
			dpkg-buildpackage -b -us -uc -Ppkg.tenantry.prebuilt,nocheck) \
			>>build.log 2>&1 && return 0
	tail -n 20 build.log
	return 1
}

first_boot() {
	local start unit
	apt-get -qq update
	[ ! -e source.tar.gz ] || build || return 1
	start=$SECONDS
	apt-get -qq -y install ./tenantry_*.deb >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	echo "machine: installed after $((SECONDS - start)) s"
	echo '127.0.0.1 crm.example.test' >>/etc/hosts
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 90 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test \
		-keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	cat >answers <<-'ANSWERS'
		DOMAIN=crm.example.test
		DATABASE_URL=local
		TLS=own
		CERTIFICATE=/etc/ssl/crm.pem
		KEY=/etc/ssl/crm.key
		ADMIN=admin@example.org
	ANSWERS
	expect 'the services start before setup' \
		bash -c '! systemctl -q is-active tenantry'
	refuses 'is not for other.example.test' DOMAIN=other.example.test
	refuses 'add it to the DNS' TLS=certbot DOMAIN=no.example.test
	refuses 'the database refused' \
		DATABASE_URL=postgresql://nobody:x@127.0.0.1:1/x
	refuses 'there is no answer TSL' TSL=own
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => 8443,
		Listen => 1, ReuseAddr => 1) or die; sleep 60' &
	sleep 1
	refuses 'port 8443 is taken by perl' TLS=none LISTEN=127.0.0.1:8443
	kill %1
	expect 'a check fails' tenantry setup --check --from answers
	expect 'a check writes' [ ! -e /etc/tenantry ]
	expect 'setup fails' bash -c 'tenantry setup --from answers >setup.out 2>&1 ||
		{ cat setup.out; false; }'
	echo "machine: answers after $((SECONDS - start)) s"
	expect 'it takes more than 90 s' [ $((SECONDS - start)) -le 90 ]
	expect 'no link for the administrator' bash -c \
		'grep "^$0/operator.html#" setup.out || { cat setup.out; false; }' "$at"
	expect 'nobody can sign up' ask -f -o /dev/null "$at/api/signup" \
		-H "$json" -d '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}'
	expect 'nobody can sign in' sign_in
	expect 'setup fails when it runs again' \
		tenantry setup --from answers
	expect 'setup does not ask' bash -c 'yes "" | head -n 20 |
		script -qec "tenantry setup --check" /dev/null >said &&
		grep -q "Host name of the installation \[crm.example.test\]" said &&
		grep -q "writing the site" said'
	expect 'setup prints a password' hides_passwords
	expect 'services keep a secret that was removed' removes_secret
	expect 'the command of an operator fails' \
		bash -c 'tenantry user list | grep -q ada@example.org'
	expect 'the doctor finds faults' healthy
	expect 'a new installation has warnings' fresh
	expect 'systemd finds a mistake in a unit' bash -c \
		'! journalctl _PID=1 | grep "/tenantry.*\.\(service\|socket\|timer\|target\):[0-9]"'
	expect 'other users can read a log' bash -c \
		'! find /var/log/tenantry -type f -perm /o=r | grep .'
	expect 'Prometheus cannot scrape what docs/monitoring.md says' bash -c \
		'curl -fsS http://127.0.0.1:9180/metrics | grep "^tenantry_database_up 1" &&
		[ "$(curl -sS -o /dev/null -w "%{http_code}" http://127.0.0.1:9180/ready)" = 404 ]'
	expect 'nobody watches' systemctl start tenantry-watch
	expect 'http does not lead to https' bash -c \
		'curl -sS -D - -o /dev/null http://crm.example.test/x | grep -qi "^location: https://crm.example.test/x"'
	expect 'no HSTS' bash -c "curl -sS --cacert /etc/ssl/crm.pem -D - -o /dev/null $at/ | grep -qi '^strict-transport-security: max-age'"
	expect 'no HTTP/2' bash -c "[ \"\$(curl -sS --cacert /etc/ssl/crm.pem -o /dev/null -w '%{http_version}' $at/)\" = 2 ]"
	expect 'the front end is not there' bash -c \
		"curl -sS --cacert /etc/ssl/crm.pem $at/ | grep -q 'assets/first-'"
	expect 'upload and download' upload
	expect 'secrets are in the environment' no_secrets
	expect 'the workers have no sandbox' sandboxed
	expect 'requests fail while it restarts' restart_under_load
	echo "machine: answers while it restarts: $(cat out.last)"
	expect 'requests start what is stopped' stops
	expect 'nobody can follow the logs' follows
	openssl rand -hex 9 >secrets-of-test
	expect 'the support bundle has a secret, or lacks what is of use' supports
	expect 'it does not survive a database that is away' database_away
	expect 'a command keeps the home of root' becomes_user
	expect 'no backup is made' backs_up
	expect 'the backup cannot be restored' restores
	expect 'requests suppress an error in the journal' keeps_errors
	expect 'the workers do not reload' systemctl reload tenantry
	for unit in tenantry tenantry-jobs tenantry-feed; do
		echo "machine: $unit has exposure $(exposure $unit)"
		expect "$unit is exposed" \
			awk "BEGIN { exit !($(exposure $unit) <= 2.0) }"
	done
	expect 'logrotate fails' logrotate -f /etc/logrotate.d/tenantry
	expect 'an upgrade of the templates fails' upgrades_nginx
	expect 'not all is running' running
}

# Each worker has one more filter of system calls than the service.
sandboxed() {
	local main worker
	main=$(systemctl show -P MainPID tenantry)
	of() { sed -n 's/^Seccomp_filters:[^0-9]*//p' "/proc/$1/status"; }
	! journalctl -u tenantry | grep 'sandbox error' || return 1
	for worker in $(pgrep -P "$main"); do
		[ "$(of "$worker")" = $(($(of "$main") + 1)) ] || {
			cat "/proc/$worker/status"
			return 1
		}
	done
}

# A file is transferred through nginx, the workers and the disk.
upload() {
	local token url
	head -c 300000 /dev/urandom >file
	token=$(ask "$at/api/auth/sign-in/email" -H "$json" \
		-d '{"email":"ada@example.org","password":"a long password"}' |
		sed 's/.*"token":"\([^"]*\)".*/\1/')
	url=$(ask -f "$at/api/upload" -H "Authorization: Bearer $token" \
		-F 'file=@file;type=application/octet-stream' |
		sed 's/.*"src" *: *"\([^"]*\)".*/\1/')
	echo "$url" >uploaded
	ask -f "$url" | cmp - file
}

# The ACME authority that Let's Encrypt uses for tests. It checks port 80 of the domain.
start_authority() {
	expect 'certbot and pebble cannot be installed' \
		apt-get -qq -y install certbot pebble
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=127.0.0.1 -keyout acme.key -out acme.pem 2>/dev/null
	cat >acme.json <<-END
		{ "pebble": { "listenAddress": "127.0.0.1:14000",
		    "managementListenAddress": "127.0.0.1:15000",
		    "certificate": "$PWD/acme.pem", "privateKey": "$PWD/acme.key",
		    "httpPort": 80, "tlsPort": 443 } }
	END
	mkdir -p /etc/letsencrypt
	printf '%s\n' 'server = https://127.0.0.1:14000/dir' \
		'no-verify-ssl = true' >/etc/letsencrypt/cli.ini
	# Pebble rejects 5 % of the nonces on purpose, and certbot retries only once.
	systemd-run -q --unit=authority --setenv=PEBBLE_WFE_NONCEREJECT=0 pebble -config "$PWD/acme.json"
}

certificate() {
	openssl s_client -connect 127.0.0.1:443 -servername crm.example.test \
		</dev/null 2>/dev/null | openssl x509 -noout -serial
}

differs() {
	! certificate | cmp -s - before
}

# eventually COMMAND...: the command succeeds within ten seconds.
eventually() {
	local tick
	for ((tick = 0; tick < 50; tick++)); do
		! "$@" || return 0
		sleep 0.2
	done
	return 1
}

# Tests the other answers: a proxy in front, certbot, and a database URL.
other_answers() {
	start_authority
	{
		cat answers
		echo TLS=certbot
	} >other
	expect 'setup fails with certbot' tenantry setup --from other
	expect 'the root of the authority is not there' curl -sSkf -o root.pem \
		https://127.0.0.1:15000/roots/0
	ca=root.pem
	sleep 1 # nginx drops idle connections while it reloads
	expect 'nobody can sign in with certbot' sign_in
	certificate >before
	expect 'certbot does not renew it' certbot renew --force-renewal --no-random-sleep-on-renew
	expect 'nginx serves the old certificate' eventually differs
	ca=/etc/ssl/crm.pem
	{
		cat answers
		echo TLS=none
	} >other
	expect 'setup fails behind a proxy' tenantry setup --from other
	expect 'the proxy does not name the client' bash -c '
		curl -fsS -o /dev/null -H "Host: crm.example.test" \
		    -H "X-Forwarded-For: 203.0.113.9" http://127.0.0.1:8080/ready &&
		sleep 2 && grep -q "\"address\":\"203.0.113.9\"" \
		    /var/log/tenantry/nginx-access.log'
	runuser -u postgres -- psql -Xq <<-'SQL'
		CREATE ROLE other LOGIN CREATEROLE PASSWORD 'a secret';
		CREATE DATABASE other OWNER other TEMPLATE template0 ENCODING 'UTF8';
		SELECT format('GRANT %I TO other WITH ADMIN OPTION', rolname)
		  FROM pg_roles WHERE rolname ~ '^tenantry_' AND NOT rolbypassrls \gexec
	SQL
	{
		cat answers
		echo 'DATABASE_URL=postgresql://other:a%20secret@127.0.0.1/other'
	} >other
	expect 'setup fails with a URL' tenantry setup --from other
	expect 'the database is the same' other_users
	expect 'the password can be read' bash -c \
		'! runuser -u tenantry -- grep -rqs "a%20secret" /etc/tenantry'
}

second_boot() {
	local tick
	for ((tick = 0; tick < 100; tick++)); do
		ask -f -o /dev/null "$at/ready" 2>/dev/null && break
		sleep 0.2
	done
	expect 'nobody can sign in after a reboot' sign_in
	expect 'not all is running after a reboot' running
	other_answers
	cp /etc/tenantry/secrets/BETTER_AUTH_SECRET secret
	expect 'the package cannot be purged' apt-get -qq -y purge tenantry
	expect 'nginx still serves the site' bash -c '
		! openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null |
		grep -q "CN *= *crm.example.test"'
	expect 'nginx does not start without it' systemctl restart nginx
	expect 'a unit remains' bash -c '
		! systemctl list-units --all --no-legend "tenantry*" | grep .'
	expect 'its settings stay' [ ! -e /etc/tenantry/tenantry.conf ]
	expect 'the settings of backups do not stay' \
		[ -e /etc/tenantry/backup.conf ]
	expect 'its secrets do not stay' cmp secret \
		/etc/tenantry/secrets/BETTER_AUTH_SECRET
	expect 'it cannot be installed again' bash -c '
		apt-get -qq -y install ./tenantry_*.deb </dev/null &&
		    tenantry setup --from answers'
	expect 'nobody can sign in after another installation' sign_in
	expect 'it cannot be purged again' apt-get -qq -y purge tenantry
	expect 'its folders cannot be removed' rm -r /etc/tenantry /var/lib/tenantry
	expect 'its database is in use' runuser -u postgres -- dropdb tenantry
}

case $1 in
1)
	first_boot || failed=$((failed + 1))
	echo "$passed $failed" >counts
	[ "$failed" = 0 ] && exit 100
	;;
2)
	read -r passed failed <counts
	second_boot
	;;
esac
[ "$failed" = 0 ] || journalctl --no-pager -u 'tenantry*' -u nginx |
	grep -v ' info .* request ' | tail -n 30
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
