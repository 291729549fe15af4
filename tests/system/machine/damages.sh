#!/bin/bash
# damages.sh BOOT - damages an installation on a machine of systemd-machine.sh, and waits for the mail about each damage, and for
# the one when it is repaired
#
# Several damages are there at the same time, since each needs some minutes. docs/monitoring.md lists them.
set -uo pipefail

passed=0 failed=0
at=https://crm.example.test
MOST=${MOST:-120} # seconds until the mail, for what hurts users

# expect WHAT COMMAND...
expect() {
	local what=$1
	shift
	if "$@" >out.last 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		tail -n 15 out.last | sed 's/^/        /'
	fi
}

# A mail server that keeps the subjects, with the time.
cat >smtp.pl <<'END'
use IO::Socket::INET; use IO::Handle;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 2525, Listen => 20, ReuseAddr => 1) or die;
$SIG{CHLD} = 'IGNORE';
while (my $c = $s->accept) {
	next if fork;
	$c->autoflush(1);
	print $c "220 test\r\n";
	my $data = 0;
	while (<$c>) {
		if ($data) {
			if (/^Subject: (.*?)\r?$/) { open my $f, '>>', 'mails'; print $f time, " $1\n"; close $f }
			if (/^\.\r?$/) { $data = 0; print $c "250 kept\r\n" }
			next;
		}
		if (/^DATA/i) { $data = 1; print $c "354 go\r\n" }
		elsif (/^QUIT/i) { print $c "221 bye\r\n"; last }
		else { print $c "250 ok\r\n" }
	}
	exit;
}
END

# mailed SECONDS TEXT: waits for a mail since the file begun, and prints its seconds.
mailed() {
	local tick when
	for ((tick = 0; tick < $1 * 5; tick++)); do
		when=$(awk -v since="$(cat begun)" -v text=": $2" '$1 >= since && index($0, text) { print $1; exit }' mails)
		[ -z "$when" ] || {
			echo "machine: \"$2\" after $((when - $(cat begun))) s"
			return 0
		}
		sleep 0.2
	done
	cat mails
	journalctl -n 20 --no-pager -u tenantry-watch
	return 1
}

# known WHAT CHECK...: mails about these checks arrive.
known() {
	local what=$1 check
	date +%s >begun
	for check in "${@:2}"; do
		expect "no mail: $what $check" mailed $((MOST * 3)) "$what $check"
		grep '^machine:' out.last >took || continue
		cat took
		expect "it takes more than $MOST s: $check" [ "$(sed 's/.* after \([0-9]*\) s/\1/' took)" -le "$MOST" ]
	done
}

set_up() {
	apt-get -qq update
	apt-get -qq -y install ./tenantry_*.deb >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	: >mails
	systemd-run -q --unit=smtp --working-directory="$PWD" perl smtp.pl
	echo '127.0.0.1 localhost crm.example.test' >>/etc/hosts
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test -keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem KEY=/etc/ssl/crm.key \
		SMTP_URL=smtp://127.0.0.1:2525 MAIL_FROM=crm@example.test >answers
	tenantry setup --from answers >setup.out 2>&1 || {
		cat setup.out
		return 1
	}
	curl -sSf --cacert /etc/ssl/crm.pem "$at/api/signup" -H 'Content-Type: application/json' -o /dev/null \
		-d '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' &&
		tenantry user role ada@example.org admin
}

as_postgres() {
	(cd / && runuser -u postgres -- psql -XAtqd tenantry -c "$1")
}

# Sessions of another program of this server, which leave a few.
use_up() {
	local n used
	used=$(as_postgres 'SELECT used FROM ops.connections()')
	for ((n = used; n < 94; n++)); do
		(cd / && runuser -u postgres -- psql -Xqd postgres -c 'SELECT pg_sleep(600)' >/dev/null 2>&1) &
	done
}

expect 'it cannot be set up' set_up
expect 'a fresh installation has warnings' bash -c '! tenantry doctor | grep -v ^ok | grep "^[wF]"'
systemctl start tenantry-watch # which remembers the operators

# A worker that crashes, the feed, nginx.
systemctl stop nginx tenantry-feed
kill -SEGV "$(pgrep -P "$(systemctl show -P MainPID tenantry)" | head -n 1)"
known 'problem with' site 'feed event' workers
systemctl start nginx tenantry-feed
known 'no more problem with' site 'feed event'

# The database, with everything.
systemctl stop postgresql tenantry-jobs
known 'problem with' database
systemctl start postgresql tenantry-jobs
known 'no more problem with' database
use_up
known 'problem with' connections
as_postgres "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'" >/dev/null
known 'no more problem with' connections workers
expect 'a problem has two mails' [ "$(grep -c ': problem with workers' mails)" = 1 ]
expect 'a problem remains' bash -c 'for ((tick = 0; tick < 300; tick++)); do
	[ -s /var/lib/tenantry/watch/problems ] || exit 0
	sleep 1
done; cat /var/lib/tenantry/watch/problems; exit 1'
cut -d' ' -f2- mails | sed 's/^/machine: /'
[ "$failed" = 0 ] || journalctl --no-pager -u 'tenantry*' -u nginx | grep -v ' info .* request ' | tail -n 30
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
