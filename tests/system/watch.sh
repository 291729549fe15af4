#!/bin/bash
# watch.sh - tenantry watch: one email when a check of tenantry doctor fails twice, and one when it passes twice
#
# In this test, the findings of doctor and the operators come from files. The mail server is a real server that stores
# what it receives.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"

watch=$SOURCES/libexec/watch
work=$(scratch watch)
smtp=
finish() {
	[ -z "$smtp" ] || kill "$smtp" 2>/dev/null || :
	rm -rf "$work"
}
trap finish EXIT

cat >"$work/tenantry" <<'END'
#!/bin/bash
case "$*" in
'doctor --quick --record')
	echo 'ok    server              Postgres 15.18'
	cat "${0%/*}/found"
	! grep -q '^FAIL' "${0%/*}/found"
	;;
'user list --json admin')
	[ ! -e "${0%/*}/away" ] || exit 3
	echo '[{"id" : "1", "email" : "op@example.test", "name" : "admin", "role" : "user,admin"},'
	echo '{"id" : "2", "email" : "other@example.test", "name" : "admin", "role" : "user"}]'
	;;
esac
END
chmod +x "$work/tenantry"

# Stores each email with its envelope. Requires a password if one is given.
cat >"$work/smtp.mjs" <<'END'
import { createServer } from 'node:net';
import { appendFileSync, writeFileSync } from 'node:fs';
const [port, file] = process.argv.slice(2);
createServer((socket) => {
	let data = false, text = '';
	socket.write('220 test\r\n');
	socket.on('error', () => {});
	socket.on('data', (bytes) => {
		text += bytes;
		for (let end; (end = text.indexOf(data ? '\r\n.\r\n' : '\r\n')) !== -1;) {
			const line = text.slice(0, end);
			text = text.slice(end + (data ? 5 : 2));
			appendFileSync(file, `${line}\n`);
			if (data) { data = false; appendFileSync(file, 'END\n'); socket.write('250 kept\r\n'); }
			else if (/^EHLO/i.test(line)) socket.write('250-test\r\n250 AUTH PLAIN\r\n');
			else if (/^DATA/i.test(line)) { data = true; socket.write('354 go\r\n'); }
			else if (/^AUTH PLAIN$/i.test(line)) socket.write('334 \r\n');
			else if (/^AUTH|^[A-Za-z0-9+/]+=*$/i.test(line) && line.length > 9) socket.write('235 ok\r\n');
			else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
			else socket.write('250 ok\r\n');
		}
	});
}).listen(Number(port), '127.0.0.1', () => writeFileSync(`${file}.ready`, ''));
END

start_smtp() {
	rm -f "$work/mails.ready"
	node "$work/smtp.mjs" "$port" "$work/mails" &
	smtp=$!
	for _ in $(seq 600); do
		[ ! -e "$work/mails.ready" ] || return 0
		sleep 0.1
	done
	return 1
}

mails() {
	grep -c '^END' "$work/mails" || :
}

# found LINE...: sets what doctor finds in the next runs.
found() {
	printf '%s\n' "$@" >"$work/found"
}

runs() { # N
	local n
	for ((n = 0; n < $1; n++)); do TENANTRY=$work/tenantry "$watch" >"$work/said" 2>&1 || fail "it fails: $(cat "$work/said")"; done
}

port=$(free_port)
export STATE_DIRECTORY=$work/state RUNTIME_DIRECTORY=$work/run BETTER_AUTH_URL=https://crm.example.test TENANTRY_MAIL_FROM='Tenantry <crm@example.test>'
export SMTP_URL="smtp://ada:p%40ss@127.0.0.1:$port"
: >"$work/mails"
start_smtp

found 'warn  vector              not offered'
runs 2
same 'mails without a failure' 0 "$(mails)"
jobs='FAIL  jobs                tenantry-jobs has run nothing for 200 s'
found "$jobs"
runs 1
found 'ok    jobs  '
runs 1
found "$jobs"
runs 1
same 'mails about a restart' 0 "$(mails)"
runs 1
same 'mails about a problem' 1 "$(mails)"
grep -q '^RCPT TO:<op@example.test>' "$work/mails" && held || fail 'the operator gets no mail'
grep -q 'RCPT TO:<other@' "$work/mails" && fail 'another user gets a mail' || held
grep -q '^Subject: https://crm.example.test: problem with jobs' "$work/mails" && held || fail 'the subject'
grep -q 'has run nothing for 200 s' "$work/mails" && held || fail 'the text'
grep -q "^\(AUTH PLAIN \)\?$(printf '\0ada\0p@ss' | base64)" "$work/mails" && held || fail 'the password'
runs 3
same 'mails while it lasts' 1 "$(mails)"

# Two checks fail at the same time, and one of them passes again.
found "$jobs" 'FAIL  disk                only 10 MiB free in /var' 'FAIL  disk                only 11 MiB free in /tmp'
runs 2
same 'mails about two problems' 2 "$(mails)"
grep -q 'free in /var; only 11 MiB' "$work/mails" && held || fail 'a text of two lines'
found 'FAIL  disk                only 10 MiB free in /var'
runs 1
same 'mails after one run' 2 "$(mails)"
runs 1
same 'mails when it is over' 3 "$(mails)"
grep -q '^Subject: .*no more problem with jobs' "$work/mails" && held || fail 'the end'

# After the machine has booted, the state is read from the disk.
rm -r "$work/run"
runs 1
same 'mails after a boot' 3 "$(mails)"

# Without the database, the operators are those of the last run. Without the mail server, the email waits.
kill "$smtp"
wait "$smtp" 2>/dev/null || :
touch "$work/away"
found 'FAIL  database            no connection'
runs 3
same 'mails without a server' 3 "$(mails)"
grep -q 'problem: database: no connection' "$work/said" && held || fail 'the journal has no line'
start_smtp
runs 1
same 'mails when the server is back, and the disk is not known' 4 "$(mails)"
found 'ok    disk  '
runs 4
same 'mails at the end' 6 "$(mails)"
same 'problems at the end' '' "$(cat "$STATE_DIRECTORY/problems")"

# This mail server requires no password.
export SMTP_URL="smtp://127.0.0.1:$port"
found "$jobs"
runs 5
same 'mails without a password' 7 "$(mails)"

summary watch
