#!/bin/bash
# lost.sh BOOT - restores a lost machine: another machine gets its rows, files and secrets from the backup and the key
#
# Both machines of systemd-machine.sh have the folder shared. The first machine puts the backup and its users'
# credentials into this folder. The second machine follows docs/backups.md.
set -uo pipefail

. ./expect.sh
known=shared/known

# field NAME: prints this field of the JSON text on standard input.
field() {
	sed 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/'
}

# post PATH BODY [OPTION...]: sends a POST request to the API.
post() {
	ask "$at/api/$1" -H "$json" -H "Origin: $at" -d "$2" "${@:3}"
}

# A code is accepted once.
totp() {
	until oathtool --base32 --totp "$(cat $known/totp)" >code && ! cmp -s code used; do sleep 1; done
	cp code used
	cat code
}

# Receives one delivery, and stores its header and body.
receive() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 9123, Listen => 5, ReuseAddr => 1) or die;
		my $c = $s->accept;
		my ($head, $body) = ("", "");
		while (<$c>) { $head .= $_; last if /^\r?$/ }
		$head =~ /^content-length: (\d+)/im and read $c, $body, $1;
		print $c "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		open my $f, ">", "delivery.head"; print $f $head;
		open $f, ">", "delivery.body"; print $f $body'
}

# The signature uses the secret that the receiver has known since the first machine.
signed() {
	local key id at
	key=$(sed 's/^whsec_//' $known/webhook | base64 -d | od -An -v -tx1 | tr -d ' \n')
	id=$(tr -d '\r' <delivery.head | sed -n 's/^webhook-id: //Ip')
	at=$(tr -d '\r' <delivery.head | sed -n 's/^webhook-timestamp: //Ip')
	cat delivery.head
	{
		printf '%s.%s.' "$id" "$at"
		cat delivery.body
	} | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 >signature
	grep -qi "^webhook-signature: .*v1,$(cat signature)" delivery.head
}

install_package() {
	apt-get -qq update
	apt-get -qq -y install ./tenantry_*.deb oathtool >apt.log 2>&1 </dev/null || {
		tail -n 20 apt.log
		return 1
	}
	echo '127.0.0.1 crm.example.test' >>/etc/hosts
}

first_machine() {
	install_package || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=crm.example.test \
		-addext subjectAltName=DNS:crm.example.test -keyout /etc/ssl/crm.key -out /etc/ssl/crm.pem 2>/dev/null
	printf '%s\n' DOMAIN=crm.example.test TLS=own CERTIFICATE=/etc/ssl/crm.pem KEY=/etc/ssl/crm.key >answers
	expect 'setup fails' tenantry setup --from answers
	echo 'TENANTRY_PRIVATE_WEBHOOKS="on"' >>/etc/tenantry/tenantry.conf
	echo 'location = /ours { return 200 ours; }' >/etc/tenantry/site.d/ours.conf
	systemctl restart tenantry.target
	systemctl reload nginx
	mkdir $known
	post signup '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' |
		field token >token
	head -c 300000 /dev/urandom >$known/file
	ask -f "$at/api/upload" -H "Authorization: Bearer $(cat token)" -F "file=@$known/file;type=application/octet-stream" |
		field src >$known/upload
	post webhooks '{"url":"http://127.0.0.1:9123/hook","events":["contacts.create"]}' \
		-H "Authorization: Bearer $(cat token)" | field secret >$known/webhook
	post auth/two-factor/enable '{"password":"a long password"}' -H "Authorization: Bearer $(cat token)" |
		sed 's/.*secret=\([A-Z2-7]*\).*/\1/' >$known/totp
	expect 'the second factor is not enabled' bash -c "curl -sSf --cacert /etc/ssl/crm.pem '$at/api/auth/two-factor/verify-totp' \
		-H '$json' -H 'Origin: $at' -H \"Authorization: Bearer \$(cat token)\" -d '{\"code\":\"$(totp)\"}'"
	expect 'no webhook' grep -q '^whsec_' $known/webhook
	expect 'no backup' tenantry backup
	cp /var/lib/tenantry/backups/tenantry-*.tar.age /etc/tenantry/backup.key shared
	cp /etc/tenantry/secrets/BETTER_AUTH_SECRET $known/secret
}

# The password is followed by the second factor.
sign_in() {
	rm -f jar
	post auth/sign-in/email '{"email":"ada@example.org","password":"a long password"}' -c jar | grep -q twoFactorRedirect &&
		post auth/two-factor/verify-totp "{\"code\":\"$(totp)\"}" -b jar -c jar -f >session && grep '"token"' session &&
		field token <session >token
}

# The receiver of the webhook is notified of a new contact.
delivers() {
	local receiver tick
	receive &
	receiver=$!
	post contacts '{"first_name":"Grace","last_name":"Hopper"}' -H "Authorization: Bearer $(cat token)" -f || return 1
	for ((tick = 0; tick < 120; tick++)); do
		kill -0 $receiver 2>/dev/null || break
		sleep 0.5
	done
	kill $receiver 2>/dev/null
	wait $receiver
	signed && grep Grace delivery.body
}

healthy() {
	tenantry doctor >doctor || {
		cat doctor
		return 1
	}
}

# document N: runs a block of docs/backups.md that names this test.
document() {
	awk -v n="$1" '/^```sh .*machine\/lost\.sh/ { block++; on = 1; next } /^```$/ { on = 0 } on && block == n' backups.md |
		sed 's/^apt install/apt-get -qq -y install/' >block
	[ -s block ] && bash -euxo pipefail block
}

restored() {
	cmp $known/secret /etc/tenantry/secrets/BETTER_AUTH_SECRET && ! grep TENANTRY_TRASH_DAYS /etc/tenantry/tenantry.conf &&
		[ "$(ask -f $at/ours)" = ours ] && sign_in &&
		[ "$(cd / && runuser -u postgres -- psql -XAtqd tenantry -c "SELECT count(*) FROM crm.contacts WHERE first_name = 'Grace'")" = 1 ]
}

# The settings in a backup are restored on a machine with damaged settings and data.
settings_come_back() {
	local changed=/etc/tenantry/tenantry.conf
	echo 'TENANTRY_TRASH_DAYS="7"' >>$changed
	openssl rand -base64 32 >/etc/tenantry/secrets/BETTER_AUTH_SECRET
	cp /etc/tenantry/secrets/BETTER_AUTH_SECRET damaged
	rm /etc/tenantry/site.d/ours.conf
	(cd / && runuser -u postgres -- psql -Xqd tenantry -c "SET session_replication_role = replica" -c "DELETE FROM crm.contacts")
	systemctl restart tenantry.target
	expect 'a restore of the settings is not refused without the name' bash -c '! tenantry restore --settings'
	expect 'a restore into another database is not refused' bash -c '! tenantry restore --settings --yes-i-mean other'
	expect 'a refused restore changes the settings' bash -c "grep TENANTRY_TRASH_DAYS $changed && cmp damaged /etc/tenantry/secrets/BETTER_AUTH_SECRET &&
		! compgen -G '/etc/tenantry-*'"
	expect 'a refused restore stops the site' ask -f -o /dev/null $at/ready
	expect 'docs/backups.md fails to restore the settings' document 2
	expect 'the settings or the data are not those of the backup' restored
	expect 'the former settings are not kept' bash -c "cmp damaged /etc/tenantry-*/secrets/BETTER_AUTH_SECRET &&
		[ \"\$(stat -c %a /etc/tenantry-*)\" = 700 ]"
	expect 'the doctor finds faults after the settings were restored' healthy
}

second_machine() {
	local start
	cp shared/tenantry-*.tar.age shared/backup.key .
	start=$SECONDS
	expect 'the package cannot be installed' install_package
	expect 'a check fails' bash -c 'BACKUP_IDENTITY=backup.key tenantry setup --check --restore tenantry-*.tar.age'
	expect 'a check writes' [ ! -e /etc/tenantry ]
	expect 'a backup needs no key' bash -c '! tenantry setup --restore tenantry-*.tar.age'
	expect 'docs/backups.md fails' document 1
	echo "machine: answers after $((SECONDS - start)) s"
	expect 'it takes more than ten minutes' [ $((SECONDS - start)) -le "${MOST:-600}" ]
	expect 'nobody can sign in with the password and the second factor' sign_in
	expect 'an uploaded file is lost' bash -c "curl -sSf --cacert /etc/ssl/crm.pem '$(cat $known/upload)' | cmp - $known/file"
	expect 'a webhook is not signed with its secret' delivers
	expect 'the secret is another one' cmp $known/secret /etc/tenantry/secrets/BETTER_AUTH_SECRET
	expect 'directives of nginx are lost' bash -c "[ \"\$(curl -sSf --cacert /etc/ssl/crm.pem $at/ours)\" = ours ]"
	expect 'the doctor finds faults' healthy
	expect 'the newest backup is another one than the restored' grep "^ok    backups  *$(basename tenantry-*.tar.age)," doctor
	expect 'the next backup fails' tenantry backup
	expect 'another restore is not refused' bash -c '! BACKUP_IDENTITY=backup.key tenantry setup --restore tenantry-*.tar.age'
	expect 'a refused restore stops the site' sign_in
	expect 'a backup cannot be copied' bash -c 'tenantry backup get >copy && cmp copy /var/lib/tenantry/backups/tenantry-*.tar.age'
	settings_come_back
}

if [ -e $known ]; then
	second_machine
else
	first_machine || failed=$((failed + 1))
fi
[ "$failed" = 0 ] || journalctl --no-pager -u 'tenantry*' -u nginx | grep -v ' info .* request ' | tail -n 30
echo "machine: $passed passed, $failed failed"
[ "$failed" = 0 ]
