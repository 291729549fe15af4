#!/bin/bash
# damages.sh BOOT - damages an installation on a machine of systemd-machine.sh, and measures when tenantry doctor, the
# metrics, a Prometheus alert and an email report each damage. Then repairs the damages, and waits until nothing reports
# them.
#
# Several damages exist at the same time, since each takes some minutes. docs/monitoring.md lists the damages.
set -uo pipefail

. ./expect.sh
MOST=${MOST:-120} # seconds until the email, for damages that affect users

# A mail server that stores the time and subject of each email.
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

# --- What notices a damage, and when

# verdicts LEVEL CHECK: prints the verdicts of doctor and of the metrics.
words=(ok warn FAIL)
doctor_says() {
	grep "^${words[$1]}  $2  " doctor
}
metric_says() {
	grep -F "tenantry_doctor_verdict{check=\"$2\"} $1" metrics
}

# look: records what doctor, the metrics and Prometheus report now.
look() {
	tenantry doctor --quick >doctor 2>&1
	curl -sS --max-time 5 -o metrics http://127.0.0.1:9180/metrics 2>/dev/null || : >metrics
	curl -sS --max-time 5 http://127.0.0.1:9090/api/v1/alerts 2>/dev/null |
		jq -r '.data.alerts[] | select(.state == "firing") | "\(.labels.alertname) \(.labels.check // "")"' >alerts || : >alerts
}

# first FILE: prints the seconds since the damage, once.
first() {
	[ -s "$1" ] || echo $(($(date +%s) - begun)) >"$1"
}

mailed() { # TEXT: prints the seconds until the email with this text
	awk -v since="$begun" -v text=": $1" '$1 >= since && index($0, text) == length($0) - length(text) + 1 { print $1 - since; exit }' mails
}

# noticed DAMAGE CHECK LEVEL ALERT COLUMNS: checks once, and returns true if everything that
# should have noticed the damage has done so.
noticed() {
	local dir=seen/$2 column
	mkdir -p "$dir"
	! doctor_says "$3" "$2" >>"$dir/words" || first "$dir/d"
	! metric_says "$3" "$2" >/dev/null || first "$dir/m"
	! grep -qx "$4" alerts || first "$dir/a"
	[ -s "$dir/M" ] || mailed "problem with $2" >"$dir/M"
	for ((column = 0; column < ${#5}; column++)); do
		[ -s "$dir/${5:column:1}" ] || return 1
	done
}

# each FILE FUNCTION: calls the function with the columns of each line until it returns true for all, for at
# most 400 s.
each() {
	local damage check level alert columns all=1
	while [ $all != 0 ] && [ $(($(date +%s) - begun)) -lt 400 ]; do
		look
		all=0
		while IFS='|' read -r damage check level alert columns; do
			"$2" "$damage" "$check" "$level" "$alert" "$columns" || all=1
		done <"$1"
		[ $all = 0 ] || sleep 1
	done
}

# The damages were made at $begun. Each line of standard input has the damage, the check that names it, its verdict, the
# alert, and where it should be reported: d(octor), m(etrics), a(lert), M(ail).
notices() {
	local damage check level alert columns column
	rm -rf seen
	cat >expected
	each expected noticed
	while IFS='|' read -r damage check level alert columns; do
		for ((column = 0; column < ${#columns}; column++)); do
			expect "$damage: no $(sed 's/d/line of doctor/; s/m/metric/; s/a/alert/; s/M/mail/' <<<"${columns:column:1}") about $check" \
				[ -s "seen/$check/${columns:column:1}" ]
		done
		[[ $columns != *M* ]] || expect "$damage: the mail comes after more than $MOST s" [ "$(cat "seen/$check/M")" -le "$MOST" ]
		[[ $columns == *M* ]] || [[ $columns != *a* ]] || expect "$damage: the alert comes after more than $MOST s" [ "$(cat "seen/$check/a")" -le "$MOST" ]
		for column in d m a M; do
			[[ $columns == *$column* ]] && [ -s "seen/$check/$column" ] || echo - >"seen/$check/$column"
		done
		printf 'machine: | %s | `%s` | %s | %s | %s | %s |\n' "$damage" "$check" "$(cat "seen/$check/d")" "$(cat "seen/$check/m")" \
			"$(cat "seen/$check/a")" "$(cat "seen/$check/M")"
		echo "machine:     $(head -n 1 "seen/$check/words" | sed "s/^[a-zA-Z]* *$check  *//")"
	done <expected
}

quiet() { # true if nothing reports the damage any more
	! doctor_says "$3" "$2" >/dev/null && ! metric_says "$3" "$2" >/dev/null && ! grep -qx "$4" alerts &&
		{ [[ $5 != *M* ]] || [ -n "$(mailed "no more problem with $2")" ]; }
}

# repaired: all damages were repaired at $begun.
repaired() {
	local damage check level alert columns
	each expected quiet
	while IFS='|' read -r damage check level alert columns; do
		expect "$damage: something still says so after the repair" quiet "$damage" "$check" "$level" "$alert" "$columns"
		[ "$failed" = 0 ] || cat doctor metrics alerts mails >"quiet.$check"
	done <expected
	echo "machine: all are silent after $(($(date +%s) - begun)) s"
}

now() {
	begun=$(date +%s)
}

# --- The machine

as_postgres() {
	(cd / && runuser -u postgres -- psql -XAtqd tenantry -c "$1")
}

disk() { # FOLDER MODE OWNER SIZE: a disk that fills quickly
	mkdir -p "$1"
	mount -t tmpfs -o "size=$4" tmpfs "$1"
	chmod "$2" "$1"
	chown "$3" "$1"
}

# fill FOLDER LEFT: fills the disk except for this number of megabytes.
fill() {
	fallocate -l "$(($(df -PBM "$1" | awk 'NR == 2 { print $4 + 0 }') - $2 - 1))M" "$1/filler"
	[ "$2" != 0 ] || head -c 8M /dev/zero >>"$1/filler" 2>/dev/null || :
}

start_prometheus() {
	apt-get -qq -y install --no-install-recommends prometheus jq faketime rclone >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	{
		echo 'global: { scrape_interval: 2s, evaluation_interval: 2s }'
		sed -n '/^```yaml/,/^```/{/^```/d;p}' monitoring.md
	} >/etc/prometheus/prometheus.yml
	systemctl restart prometheus
}

set_up() {
	disk /var/log 755 root:root 2g
	disk /var/lib/postgresql 755 root:root 4g
	apt-get -qq update
	apt-get -qq -y install ./tenantry_*.deb >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	chown postgres: /var/lib/postgresql
	printf '%s\n' 'max_connections = 200' 'max_wal_size = 64MB' >"$(echo /etc/postgresql/*/main/conf.d)/most.conf"
	systemctl restart postgresql
	disk /var/lib/tenantry 2750 tenantry:www-data 2g
	systemd-tmpfiles --create tenantry.conf
	start_prometheus || return 1
	: >mails
	systemd-run -q -G --unit=smtp --working-directory="$PWD" perl smtp.pl
	echo '127.0.0.1 localhost crm.example.test' >>/etc/hosts
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test -keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem KEY=/etc/ssl/crm.key \
		SMTP_URL=smtp://127.0.0.1:2525 MAIL_FROM=crm@example.test >answers
	tenantry setup --from answers >setup.out 2>&1 || {
		cat setup.out
		return 1
	}
	echo 'TENANTRY_PRIVATE_WEBHOOKS="on"' >>/etc/tenantry/tenantry.conf
	systemctl restart tenantry tenantry-jobs
	post signup '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' |
		sed 's/.*"token" *: *"\([^"]*\)".*/\1/' >token
	for n in 1 2; do
		head -c 3000 /dev/urandom >file
		curl -sSf --cacert /etc/ssl/crm.pem "$at/api/upload" -H "Authorization: Bearer $(cat token)" \
			-F 'file=@file;type=application/octet-stream' -o /dev/null || return 1
	done
	post auth/two-factor/enable '{"password":"a long password"}' >/dev/null && # whose secret is encrypted
		tenantry user role ada@example.org admin
}

post() { # PATH BODY
	curl -sSf --cacert /etc/ssl/crm.pem "$at/api/$1" -H 'Content-Type: application/json' -H "Origin: $at" \
		-H "Authorization: Bearer $(cat token 2>/dev/null)" -d "$2"
}

uploads=/var/lib/tenantry/uploads
one_file() {
	find $uploads -type f | head -n 1
}

# The receiver does not respond from now on. Its organization gets an email after ten minutes.
dead_receiver() {
	local n
	post webhooks '{"url":"http://127.0.0.1:9/hook","events":["tags.create"]}' &&
		for n in 1 2 3 4 5 6; do post tags "{\"name\":\"n$n\",\"color\":\"#abc\"}" || return 1; done
}

# Opens sessions of another program on this server, which leave few connections.
use_up() {
	echo '\sleep 1800 s' >sleep.sql
	systemd-run -q -G --unit=used --uid=postgres --working-directory="$PWD" "$(echo /usr/lib/postgresql/*/bin/pgbench)" -n \
		-c "$((189 - $(as_postgres 'SELECT used FROM ops.connections()')))" -t 1 -f sleep.sql postgres
}

certificate() { # DAYS
	faketime "$1 days" openssl req -x509 -key /etc/ssl/crm.key -days 90 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test -out /etc/ssl/crm.pem
	systemctl reload nginx
}

backup_to() {
	sed -i "s|^BACKUP_TO=.*|BACKUP_TO=\"$1\"|" /etc/tenantry/backup.conf
}

expect 'it cannot be set up' set_up
expect 'a fresh installation has warnings' bash -c '! tenantry doctor | grep -v ^ok | grep "^[wF]"'
expect 'nginx --check has warnings' bash -c '! CURL_CA_BUNDLE=/etc/ssl/crm.pem tenantry nginx --check | grep -v "^ok "'
expect 'no backup' tenantry backup
expect 'no receiver' dead_receiver
received=$(date +%s)
systemctl start tenantry-watch # which remembers the operators

now
systemctl stop nginx tenantry.socket tenantry tenantry-jobs tenantry-feed
notices <<'END'
everything is stopped|site|2|TenantryDown |daM
the workers, the jobs and the feed are stopped|units|2|TenantryDown |daM
END
now
systemctl start tenantry.socket tenantry tenantry-jobs tenantry-feed nginx
repaired

mkdir /var/lib/tenantry/.ssh
openssl genrsa -out /var/lib/tenantry/.ssh/key 2>/dev/null
touch /var/lib/tenantry/.ssh/known_hosts
chown -R tenantry: /var/lib/tenantry/.ssh
echo 'BACKUP_SSH_KEY="/var/lib/tenantry/.ssh/key"' >>/etc/tenantry/backup.conf
file=$(one_file)
mv "$file" kept
as_postgres 'DROP POLICY keeper ON ops.whats_new_seen'
mkdir -p /var/lib/tenantry-upgrade
echo 'from 1 to 2' >/var/lib/tenantry-upgrade/under-way
fill /var/lib/tenantry 0
backup_to sftp://tenantry@127.0.0.1:9/backups
tenantry backup >/dev/null 2>&1
cp /etc/tenantry/secrets/BETTER_AUTH_SECRET secret
now
systemctl stop tenantry-jobs
kill -SEGV "$(pgrep -P "$(systemctl show -P MainPID tenantry)" | head -n 1)"
openssl rand -base64 32 >/etc/tenantry/secrets/BETTER_AUTH_SECRET
rm -f "$file"
notices <<'END'
a worker crashes|workers|2|TenantryWorkersCrash |dmaM
the jobs are stopped|units|2|TenantryDoctorFails units|dmaM
a file of a user is deleted|files|2|TenantryDoctorFails files|dmaM
a policy is dropped|schema|2|TenantryDoctorFails schema|dmaM
an upgrade is interrupted|package|2|TenantryDoctorFails package|dmaM
the disk of the files is full|disk|2|TenantryDoctorFails disk|dmaM
the place of backups cannot be reached|backups|2|TenantryDoctorFails backups|dmaM
`BETTER_AUTH_SECRET` is another one|sealed values|2|TenantryDoctorFails sealed values|dmaM
END
now
cp secret /etc/tenantry/secrets/BETTER_AUTH_SECRET
rm /var/lib/tenantry/filler /var/lib/tenantry-upgrade/under-way
systemctl start tenantry-jobs
cp -p kept "$file"
as_postgres "SELECT ops.protect_internal('ops.whats_new_seen')" >/dev/null 2>&1
systemctl restart tenantry # no worker of the new supervisor has crashed
backup_to /var/lib/tenantry/backups
expect 'no backup after the repair' tenantry backup
repaired

as_postgres "SELECT pg_get_functiondef('crm.sees_contact'::regproc)" >function
mount -t tmpfs -o size=64k,mode=700,uid="$(id -u tenantry)" tmpfs /var/lib/tenantry/backups
tenantry backup >/dev/null 2>&1
now
fill /var/lib/postgresql 200 # leaves room for the comparison of the schema
systemctl stop tenantry-feed
chown root:root "$uploads"
(cd / && runuser -u tenantry -- psql -Xqd tenantry) < <(sed 's/^\(AS \$function\$\)/\1 -- edited/' function)
certificate -100
use_up
dpkg --unpack ./tenantry_*.deb >/dev/null 2>&1
notices <<'END'
the feed is stopped|feed event|2|TenantryDoctorFails feed event|dmaM
the folder of the files has another owner|files|2|TenantryDoctorFails files|dmaM
a function is edited|schema|2|TenantryDoctorFails schema|dmaM
the package is half-installed|package|2|TenantryDoctorFails package|dmaM
the disk of Postgres is almost full|disk|2|TenantryDoctorFails disk|dmaM
the place of backups is full|backups|2|TenantryDoctorFails backups|dmaM
the certificate has expired|host of jobs|2|TenantryCertificateExpires |dmaM
the connections of Postgres are used up|connections|2|TenantryDoctorFails connections|dmaM
END
now
systemctl stop used
certificate -1
chown tenantry:www-data "$uploads"
(cd / && runuser -u tenantry -- psql -Xqd tenantry) <function
dpkg --configure -a >/dev/null 2>&1
rm /var/lib/postgresql/filler
umount /var/lib/tenantry/backups
systemctl start tenantry-feed
expect 'no backup after the second repair' tenantry backup
repaired

now
mv "$uploads" /var/lib/tenantry/kept
fill /var/log 50
systemctl disable -q --now tenantry-backup.timer
version=$(ls /etc/postgresql)
printf '%s\n' "LD_PRELOAD = '$(dpkg -L libfaketime | grep '/libfaketime.so.1$')'" "FAKETIME = '+90s'" "DONT_FAKE_MONOTONIC = '1'" \
	>>"/etc/postgresql/$version/main/environment"
systemctl restart "postgresql@$version-main"
as_postgres 'DROP TABLE crm.contact_notes CASCADE' 2>/dev/null
notices <<'END'
the folder of the files is deleted|files|2|TenantryDoctorFails files|dmaM
the disk of the logs is full|disk|2|TenantryDoctorFails disk|dmaM
the timer of backups is disabled|units|1|-|dm
the clock is wrong|clock|2|TenantryDoctorFails clock|dmaM
a table is dropped|schema|2|TenantryDoctorFails schema|dmaM
END
expect 'doctor --deep names a wrong cure' bash -c 'tenantry doctor --deep | grep "^warn  search documents  *not compared"'
now
sed -i '/^LD_PRELOAD\|FAKETIME\|DONT_FAKE/d' "/etc/postgresql/$version/main/environment"
systemctl restart "postgresql@$version-main"
rm /var/log/filler
mv /var/lib/tenantry/kept "$uploads"
systemctl stop tenantry.target
expect 'the dropped table is not restored' bash -c 'cd /root && tenantry restore --yes-i-mean tenantry'
systemctl start tenantry.target
systemctl enable -q --now tenantry-backup.timer
expect 'no backup after the restore' tenantry backup
repaired

now
systemctl stop postgresql
notices <<'END'
Postgres is stopped|database|2|TenantryDatabaseDown |daM
nothing can be read or written|site|2|TenantryDatabaseDown |daM
END
now
systemctl start postgresql
repaired

now
systemctl stop smtp
post auth/request-password-reset '{"email":"ada@example.org"}' >/dev/null
notices <<'END'
the mail server is dead|mail server|1|TenantryMailWaits |dma
END
now
systemd-run -q -G --unit=smtp --working-directory="$PWD" perl smtp.pl
repaired
expect 'the waiting mail is lost' bash -c 'for ((tick = 0; tick < 600; tick++)); do
	! grep -i password mails || exit 0
	sleep 1
done; exit 1'

# Only the customer was notified of damage to the customer's data.
expect 'the customer has no mail about the receiver' bash -c 'for ((tick = 0; tick < 900; tick++)); do
	! grep "Webhook failing" mails || exit 0
	sleep 1
done; exit 1'
echo "machine: the mail about the dead receiver after $(($(awk '/Webhook failing/ { print $1; exit }' mails) - received)) s"
expect 'doctor does not name the dead receiver' bash -c 'tenantry doctor --quick | grep "^ok    webhooks  *receivers that fail.*127.0.0.1"'
expect 'a mail about it to the operators' bash -c '! grep "problem with webhooks" mails'
expect 'a problem remains' bash -c 'for ((tick = 0; tick < 300; tick++)); do
	[ -s /var/lib/tenantry/watch/problems ] || exit 0
	sleep 1
done; cat /var/lib/tenantry/watch/problems; exit 1'
cut -d' ' -f2- mails | sed 's/^/machine: /'
[ "$failed" = 0 ] || {
	tenantry doctor --quick
	journalctl --no-pager -u 'tenantry*' -u nginx | grep -v ' info .* request ' | tail -n 30
}
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
