#!/bin/bash
# nginx.sh - tests nginx in front of the workers
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
need_postgres "$here/nginx.sh" "$@"

passed=0 failed=0
work=$(scratch nginx)
touch "$work/head" "$work/body"
trap '[ -z "${STACK:-}" ] || stop_stack || :; rm -rf "$work"' EXIT

ok() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
	head -c 600 "$work/head" "$work/body" | sed 's/^/        /'
}

# expect COMPLAINT COMMAND...: counts a pass, or prints the complaint if the command fails.
expect() {
	local complaint=$1
	shift
	if "$@"; then ok; else fail "$complaint"; fi
}

lacks() {
	! grep "$@"
}

# get CURL-ARGUMENT...: sends a request; sets head, body and STATUS.
get() {
	: >"$work/head"
	: >"$work/body"
	STATUS=$(curl -gsS -o "$work/body" -D "$work/head" --max-time 20 \
		-w '%{http_code}' "$@" 2>"$work/error") || :
}

# raw TEXT: sends a request that no client would send; sets head and STATUS.
# The text is sent in one piece, so that nothing is left to send when nginx closes the
# connection.
raw() {
	timeout 5 perl -MIO::Socket::INET -e '
		my ($port, $text) = @ARGV;
		$text =~ s/\\r/\r/g;
		$text =~ s/\\n/\n/g;
		my $s = IO::Socket::INET->new("127.0.0.1:$port") or die;
		print $s $text;
		$s->shutdown(1);
		print while <$s>;' "$PORT" "$1" \
		>"$work/head" || :
	cp "$work/head" "$work/body"
	STATUS=$(awk 'NR == 1 { print $2 }' "$work/head")
}

# Every response has these headers exactly once.
headers() {
	local name
	for name in Content-Security-Policy X-Content-Type-Options \
		X-Frame-Options Referrer-Policy Cross-Origin-Opener-Policy \
		Cross-Origin-Resource-Policy Permissions-Policy Cache-Control \
		X-Request-Id; do
		[ "$(grep -ci "^$name:" "$work/head")" = 1 ] || {
			fail "$1: not one $name"
			return 0
		}
	done
	grep -qi '^Server: nginx.$' "$work/head" || fail "$1: shows its version"
	ok
}

# answers STATUS WHAT: checks the last response and its headers.
answers() {
	expect "$2: $STATUS, not $1" [ "$STATUS" = "$1" ]
	headers "$2"
}

# problem STATUS WHAT: checks the last response as a problem document.
problem() {
	answers "$1" "$2"
	expect "$2: not a problem document" grep -qi \
		'^Content-Type: application/problem+json' "$work/head"
	expect "$2: an incomplete problem document" node -e '
		const p = JSON.parse(require("fs").readFileSync(0))
		for (const m of ["type", "title", "detail", "message",
		    "instance"])
			if (typeof p[m] !== "string") throw m
		if (p.status !== +process.argv[1]) throw p.status' "$1" \
		<"$work/body"
}

again() {
	expect "$1: no Retry-After" grep -qi '^Retry-After: 1' "$work/head"
}

# shared ORIGIN WHAT: a page of this origin may read the last response and its headers.
shared() {
	expect "$2: a page of $1 cannot read it" grep -qiF "Access-Control-Allow-Origin: $1" "$work/head"
	expect "$2: several origins" [ "$(grep -ci '^Access-Control-Allow-Origin:' "$work/head")" = 1 ]
	expect "$2: a page of $1 cannot read its headers" grep -qi '^Access-Control-Expose-Headers: .*Retry-After.*X-Request-Id' "$work/head"
}

# readable STATUS WHAT CURL-ARGUMENT...: pages of any origin may read an error of nginx.
readable() {
	local status=$1 what=$2 origin
	shift 2
	for origin in "$BASE" https://trusted.test https://foreign.test; do
		get -H "Origin: $origin" "$@"
		problem "$status" "$what, for $origin"
		shared "$origin" "$what"
	done
}

page() {
	get "$BASE/"
	answers 200 'the page'
	expect 'the page does not link to the API document' \
		grep -q '/api/openapi.json' "$work/body"
	expect 'the page has a script or uses another host' \
		lacks -qiE '<script|https?://' "$work/body"
	get "$BASE/style.css"
	answers 200 'its style'
	get -H "If-None-Match: $(sed -n 's/^ETag: //p' "$work/head" |
		tr -d '\r')" "$BASE/style.css"
	answers 304 'its style, unchanged'
	get "$BASE/nothing.html"
	problem 404 'no such page'
	get -H 'Accept: text/html,*/*' "$BASE/assets/nothing.js"
	answers 404 'no such page, for a person'
	expect 'no page says so' grep -q '<h1>Page not found' "$work/body"
	get -d x "$BASE/"
	problem 405 'POST to the page'
	readable 405 'a method of a page' -d x "$BASE/"
	readable 404 'a missing asset' "$BASE/assets/nothing.js"
}

limits() {
	head -c 1048577 /dev/zero >"$work/big"
	get -H 'Content-Type: application/json' --data-binary @"$work/big" \
		"$BASE/api/tasks"
	problem 413 'a body of 1 MiB and one byte'
	readable 413 'a large body' -H 'Content-Type: application/json' --data-binary @"$work/big" "$BASE/api/tasks"
	head -c 1048576 /dev/zero >"$work/big"
	get -H 'Content-Type: application/json' --data-binary @"$work/big" \
		"$BASE/api/tasks"
	expect 'a body of 1 MiB is rejected' [ "$STATUS" != 413 ]
	get "$BASE/api/contacts?filter={\"q\":\"$(printf '%060000d' 0)\"}"
	answers 401 'a query of 60 kB'
	get "$BASE/api/contacts?filter=$(printf '%070000d' 0)"
	problem 414 'a query of 70 kB'
	get -H 'Origin: https://foreign.test' "$BASE/api/contacts?filter=$(printf '%070000d' 0)"
	problem 414 'a query of 70 kB, from a page'
	shared '*' 'a query of 70 kB'
	expect 'a 414 allows credentials for every origin' [ "$(grep -ci '^Access-Control-Allow-Credentials' "$work/head")" = 0 ]
	get -H "X-Long: $(printf '%070000d' 0)" "$BASE/api/contacts"
	problem 431 'a header of 70 kB'
}

# Tests a response of a worker, a response that nginx makes from it, and a request that
# nginx rejects.
files() {
	local name=0123456789abcdef0123456789abcdef01234567.txt size
	head -c 8388609 /dev/zero >"$work/big"
	get -H 'Content-Type: application/json' --data-binary @"$work/big" \
		"$BASE/api/contacts"
	problem 413 'a body with files of 8 MiB and one byte'
	truncate -s 53477377 "$work/big"
	get -H 'Content-Type: text/plain' --data-binary @"$work/big" \
		"$BASE/api/upload"
	problem 413 'an upload of 51 MiB and one byte'
	rm "$work/big"
	get -F "file=@$work/error" "$BASE/api/upload"
	problem 401 'an upload without a session'
	expect 'a spooled body is not removed' \
		[ -z "$(find "$STACK/temp/body" -type f)" ]
	get "$BASE/uploads/$name"
	problem 404 'a missing file'
	get "$BASE/tenantry-files/01/any"
	problem 404 'the folder of files'
	get "$BASE/tenantry-s3"
	problem 404 'the internal location for S3'
	mkdir -p "$UPLOAD_DIR/01"
	echo 'a file' >"$UPLOAD_DIR/01/$name"
	psql -Xqc "INSERT INTO identity.organization (id, name, slug)
		VALUES (gen_random_uuid(), 'files', 'files')" -c "INSERT INTO ops.file
		(name, org_id, type, size, place, remove_at)
		SELECT '$name', id, 'text/plain', 7, 'local', now() + interval '1 hour'
		FROM identity.organization WHERE slug = 'files'"
	get "$BASE/uploads/$name"
	answers 200 'a file'
	get -H "If-None-Match: $(sed -n 's/^ETag: //p' "$work/head" |
		tr -d '\r')" "$BASE/uploads/$name"
	answers 304 'a file, unchanged'
	get -r 2-5 "$BASE/uploads/$name"
	answers 206 'a part of a file'
	expect 'wrong range' [ "$(cat "$work/body")" = file ]
	get -r 9- "$BASE/uploads/$name"
	expect 'a range beyond the end' [ "$STATUS" = 416 ]
	get -d x "$BASE/uploads/$name"
	problem 405 'POST to a file'
	rm "$UPLOAD_DIR/01/$name"
	get "$BASE/uploads/$name"
	problem 404 'a file removed from the disk'
	for _ in {1..50}; do # the log is written once per second
		grep -q '"/uploads/-","status":404' "$STACK/log/nginx-access.log" &&
			break
		sleep 0.1
	done
	expect 'a removed file is not in the log' \
		grep -q '"/uploads/-","status":404' "$STACK/log/nginx-access.log"
	expect 'a log has the name of a file' lacks -qr "$name" "$STACK/log"
}

malformed() {
	raw 'GET /api/contacts HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
	answers 400 'two hosts'
	raw 'POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
	answers 400 'two lengths'
	raw 'GET /api/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n'
	answers 400 'NUL in the path'
	raw 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'
	answers 505 'HTTP 9.9'
	raw 'TRACE /api/contacts HTTP/1.1\r\nHost: localhost\r\n\r\n'
	answers 405 'TRACE'
	get -H 'Host: evil.example' "$BASE/api/contacts"
	problem 421 'an unknown host name'
	raw 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n'
	answers 421 'an unknown host name in the target'
}

workers_answers() {
	get "$BASE/api/contacts"
	problem 401 'no session'
	get "$BASE/api/openapi.json"
	answers 200 'the OpenAPI document'
	get -H 'Content-Type: application/json' -d '{"newPassword":"x","token":"x"}' \
		"$BASE/api/auth/reset-password"
	answers 400 'a new password'
	get --interface 127.0.0.2 "$BASE/metrics"
	problem 403 'metrics from another address'
	get "$BASE/metrics"
	answers 200 'metrics'
	get -H 'X-Request-Id: forged' -H 'Request_Id: forged' "$BASE/live"
	answers 200 'a forged request id'
	expect 'the response contains the forged id' lacks -q forged "$work/head"
}

# states ADDRESS PATH POLICY: a response to this address has this policy.
states() {
	get --interface "$1" "$BASE$2"
	expect "$2 does not state the limits of an address" grep -qiF "RateLimit-Policy: $3" "$work/head"
}

# Sends from an address other than this machine's, faster than allowed.
fence() {
	local refused
	curl -siZ --parallel-max 40 --interface 127.0.0.3 -H 'Origin: https://foreign.test' \
		-o "$work/flood#1" "$BASE/live?n=[1-1300]" 2>/dev/null || :
	refused=$(grep -l '^HTTP/1.1 429' "$work"/flood* | head -n 1 || :)
	[ -n "$refused" ] || {
		fail 'a flood is not limited'
		return 0
	}
	sed '/^\r$/q' "$refused" >"$work/head"
	sed '1,/^\r$/d' "$refused" >"$work/body"
	STATUS=429
	problem 429 'a flood'
	again 'a flood'
	shared https://foreign.test 'a flood'
	expect 'a flood does not state its limit' grep -qi '^RateLimit-Policy: "address";q=600;w=6' "$work/head"
	expect 'a flood does not state what is left' grep -qi '^RateLimit: "address";r=0;t=1' "$work/head"
	expect 'a flood does not name the limit' grep -q '100 requests a second' "$work/body"
	curl -siZ --parallel-max 40 --interface 127.0.0.6 -H "Origin: $BASE" \
		-o "$work/own#1" "$BASE/live?n=[1-1300]" 2>/dev/null || :
	sed '/^\r$/q' "$(grep -l '^HTTP/1.1 429' "$work"/own* | head -n 1)" >"$work/head"
	shared "$BASE" 'a flood of our own page'
	states 127.0.0.5 /live '"address";q=600;w=6'
	states 127.0.0.5 /nonesuch '"address";q=600;w=6'
	states 127.0.0.5 /api/auth/sign-in/email '"address";q=600;w=6, "login";q=50;w=10'
	states 127.0.0.5 /api/openapi.json '"address";q=600;w=6, "document";q=40;w=20'
	get "$BASE/live"
	expect 'a limit is stated to this machine, which has none' lacks -qi '^RateLimit' "$work/head"
	get "$BASE/live"
	answers 200 'another address during the flood'
	curl -sIZ --parallel-max 16 --interface 127.0.0.4 \
		-o "$work/document#1" "$BASE/api/openapi.json?orgId=[1-90]" 2>/dev/null || :
	expect 'the OpenAPI document has no limit' eval 'grep -q "^HTTP/1.1 429" "$work"/document*'
}

# IPv6 addresses of one /64 network count as one address.
one_network() {
	local lines
	seq 1 1300 | sed 's|.*|next\nurl = "'"$BASE"'/live"\nheader = "X-Forwarded-For: 2001:db8:1:2::&"\ninterface = 127.0.0.7\noutput = /dev/null\nwrite-out = "%{http_code}\\n"|' |
		sed 1d >"$work/flood"
	lines=$(curl -sZ --parallel-max 40 -K "$work/flood" 2>/dev/null | sort | uniq -c | tr -s ' \n' ' ')
	expect "a flood of one network is not limited: $lines" grep -q ' 429 ' <<<"$lines "
}

# nginx would redirect a path without the slash at the end of a location.
redirects_nothing() {
	local path
	for path in /api/inbound/messages /calendar /invite /uploads /api/auth/callback /api/auth/reset-password; do
		expect "$path is redirected" [ "$(curl -s -o /dev/null \
			-w '%{http_code}' "$BASE$path")" = 404 ]
	done
}

workers_gone() {
	mv "$STACK/api.sock" "$STACK/away.sock"
	get "$BASE/api/contacts"
	problem 502 'no worker'
	again 'no worker'
	readable 502 'no worker' "$BASE/api/contacts"
	readable 503 'no worker for inbound mail' -u x:y -d '{}' "$BASE/api/inbound/mail"
	get "$BASE/invite/topsecrettoken?also=secret"
	problem 502 'no worker for an invitation'
	get -H 'Accept: text/html,*/*' -H 'Accept-Language: fr-FR' "$BASE/invite/topsecrettoken"
	answers 502 'no worker, for a person'
	again 'no worker, for a person'
	expect 'no page says so in French' grep -q '<html lang="fr">.*Le serveur ne peut pas' "$work/body"
	get "$BASE/set-password?token=topsecrettoken"
	problem 502 'no worker for a password reset link'
	local link
	for link in reset-password/topsecrettoken verify-email?token=topsecrettoken \
		magic-link/verify?token=topsecrettoken \
		delete-user/callback?token=topsecrettoken; do
		get "$BASE/api/auth/$link"
		problem 502 'no worker for a mailed link'
	done
	mv "$STACK/away.sock" "$STACK/api.sock"
}

# While the workers and Postgres are stopped, nginx alone tells users what is happening.
status_page() {
	get "$BASE/status/"
	expect 'a status page that nobody wrote is served' [ "$STATUS" = 404 ]
	"$BUILD/tenantry" maintenance schedule "$(date -u -d '+10 minutes' '+%F %T UTC')" 60 \
		'We <move>' >/dev/null
	kill "$WORKERS"
	wait "$WORKERS" || fail 'the workers failed'
	control_postgres stop
	expect 'Postgres still runs' eval '! psql -Xqc "SELECT 1" 2>/dev/null'
	get "$BASE/status/"
	answers 200 'the status page'
	expect 'the status page does not say what is planned' \
		grep -q '<p>We &lt;move&gt;</p>' "$work/body"
	expect 'the status page is no HTML' grep -qi '^content-type: text/html; charset=utf-8' "$work/head"
	expect 'a cache may keep the status page' grep -qi '^cache-control: no-cache' "$work/head"
	get "$BASE/status/status.json"
	answers 200 'the status page for programs'
	expect 'status.json is not JSON' node -e '
		const { state, message } = JSON.parse(require("fs").readFileSync(process.argv[1]))
		process.exit(state === "planned" && message === "We <move>" ? 0 : 1)' "$work/body"
	get -H 'Accept: text/html' "$BASE/invite/nothing"
	answers 502 'no worker, with a status page'
	expect 'the page of the error does not lead to the status page' \
		grep -q 'href="/status/">See the status page' "$work/body"
	get "$BASE/api/contacts"
	problem 502 'no worker, with a status page, for a program'
	control_postgres start
	start_workers
	wait_ready || fail 'the workers did not start again'
	rm -r "$TENANTRY_STATUS_DIR"
	get -H 'Accept: text/html' "$BASE/status/"
	expect 'the page of a missing status page is served' [ "$STATUS" = 404 ]
	mkdir "$TENANTRY_STATUS_DIR"
	get -H 'Accept: text/html' "$BASE/status/"
	expect "the status page in an empty folder is $STATUS" [ "$STATUS" = 404 ]
}

logs() {
	get "$BASE/invite/topsecrettoken"
	get "$BASE/calendar/topsecrettoken.ics"
	get -H 'Authorization: Bearer topsecrettoken' -H 'Cookie: a=topsecrettoken' \
		"$BASE/api/contacts?filter=topsecrettoken"
	get "$BASE/api/deals"
	for ((n = 0; n < 100; n++)); do # the log is written once per second
		! grep -q '"path":"/api/deals"' "$STACK/log/nginx-access.log" ||
			break
		sleep 0.1
	done
	expect 'a secret is in nginx logs' \
		lacks topsecrettoken "$STACK"/log/nginx*
	expect 'the access log is not JSON' node -e '
		const text = require("fs").readFileSync(process.argv[1], "utf8")
		for (const line of text.trim().split("\n")) JSON.parse(line)' \
		"$STACK/log/nginx-access.log"
	expect 'invitations are not logged' \
		grep -q '"path":"/invite/-"' "$STACK/log/nginx-access.log"
	expect 'password reset links are not logged' grep -q \
		'"path":"/api/auth/reset-password/-"' "$STACK/log/nginx-access.log"
	# Without compression, this document is larger than the buffers, so a slow client needs a file.
	expect 'nginx logged an error' \
		lacks -E 'response is buffered|\[(alert|emerg)\]' \
		<(grep -v 'buffered .* "GET /api/openapi.json' "$STACK/log/nginx-error.log")
}

# slow_bodies PATH...: for 20 s, sends 250 requests with 100 kB of a body that never ends.
slow_bodies() {
	perl -MIO::Socket::INET -e '
		my ($port, $ready, @paths) = @ARGV;
		my @held = map {
			my $s = IO::Socket::INET->new("127.0.0.1:$port") or die;
			print $s "POST $paths[$_ % @paths] HTTP/1.1\r\nHost: localhost\r\n",
			    "Content-Type: application/json\r\n",
			    "Content-Length: 5000000\r\n\r\n", "x" x 100000;
			$s->flush;
			$s } 1 .. 250;
		open(my $f, ">", $ready) or die;
		sleep 20' "$PORT" "$work/held" "$@" 2>/dev/null &
	holder=$!
	eventually '[ -e "$work/held" ]' || fail 'the slow bodies are not sent'
	rm -f "$work/held"
}

# The sender of a large body is checked before the body is read, so bodies that never
# end hold up nobody.
uploads() {
	local token holder path
	get -H 'Content-Type: application/json' -d '{"email":"up@example.test","password":"a long password",
		"first_name":"U","last_name":"P"}' "$BASE/api/signup"
	expect 'nobody signs up' [ "$STATUS" = 201 ]
	token=$(sed -n 's/^set-auth-token: *//ip' "$work/head" | tr -d '\r')
	slow_bodies /api/upload /api/imports /api/kyc_evidence /api/contacts
	expect 'a body of an unknown sender is read' eventually '[ "$(spooled)" = 0 ]'
	get -H "Authorization: Bearer $token" -F "file=@$here/nginx.sh;type=text/plain" "$BASE/api/upload"
	expect "an upload gets $STATUS beside slow bodies" [ "$STATUS" = 201 ]
	head -c 200000 /dev/zero | tr '\0' x >"$work/long"
	for path in upload imports kyc_evidence companies configuration contact_notes contacts crm/contacts deal_notes sales; do
		get -H 'Content-Type: application/json' --data-binary @"$work/long" "$BASE/api/$path"
		problem 401 "a large body without a session to $path"
		get -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @"$work/long" "$BASE/api/$path"
		expect "a chunked body without a session to $path: $STATUS" [ "$STATUS" = 401 ]
	done
	{ printf '{"background":"' && cat "$work/long" && printf '"}'; } >"$work/row"
	get -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -H 'If-Match: "x"' -X PATCH \
		--data-binary @"$work/row" "$BASE/api/contacts/1"
	expect "a large body with a session gets $STATUS" [ "$STATUS" = 422 ]
	for path in PUT GET; do
		get -X $path -H 'Content-Type: text/plain' -d x "$BASE/api/upload"
		problem 401 "$path of a body to the uploads without a session"
	done
	get -H "Authorization: Bearer ${token}x" -H 'Origin: '"$BASE" -H 'Content-Type: application/json' \
		--data-binary @"$work/long" "$BASE/api/contacts"
	problem 401 'a large body with a wrong session'
	get "$BASE/api/body/check"
	problem 404 'the check of a body from outside'
	kill "$holder" 2>/dev/null || :
	wait "$holder" || :
	upload_limits "$token"
}

# hold_uploads N ADDRESS TOKEN PATH...: sends N uploads from the address that do not end
# before "holder" does. Waits until nginx has the beginning of each upload.
hold_uploads() {
	perl -MIO::Socket::INET -e '
		my ($port, $n, $address, $token, @paths) = @ARGV;
		my @held = map {
			my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", LocalAddr => $address) or die;
			print $s "POST $paths[$_ % @paths] HTTP/1.1\r\nHost: localhost\r\n",
			    "Authorization: Bearer $token\r\nContent-Type: text/plain\r\n",
			    "Content-Length: 50000000\r\n\r\n", "x" x 200000;
			$s->flush;
			$s } 1 .. $n;
		for (1 .. 60) {
			sleep 1;
			for (@held) { print $_ "x"; $_->flush; }
		}' "$PORT" "$@" 2>/dev/null &
	holder=$!
	expect "$(spooled) of $1 uploads are read" eventually "[ \"\$(spooled)\" = $1 ]"
}

release_uploads() {
	kill "$holder" 2>/dev/null || :
	wait "$holder" || :
	expect "$(spooled) uploads are not ended" eventually '[ "$(spooled)" = 0 ]'
}

# upload TOKEN ADDRESS: uploads a file from the address.
upload() {
	get --interface "$2" -H "Authorization: Bearer $1" -F "file=@$here/nginx.sh;type=text/plain" "$BASE/api/upload"
}

# upload_limits TOKEN: checks the limits of 10 uploads per address and 200 in total.
upload_limits() {
	local holder paths=(/api/upload /api/imports /api/kyc_evidence)
	hold_uploads 10 127.0.0.8 "$1" "${paths[@]}"
	upload "$1" 127.0.0.8
	problem 429 'an upload above the limit of an address'
	again 'an upload above the limit of an address'
	get --interface 127.0.0.8 "$BASE/live"
	answers 200 'another request of this address'
	upload "$1" 127.0.0.9
	answers 201 'an upload of another address'
	release_uploads
	hold_uploads 200 127.0.0.1 "$1" "${paths[@]}"
	upload "$1" 127.0.0.9
	problem 429 'an upload above the limit of all'
	get --interface 127.0.0.9 "$BASE/live"
	answers 200 'another request beside all uploads'
	release_uploads
	upload "$1" 127.0.0.8
	answers 201 'an upload when the others have ended'
}

# bodies HEADER: sends six requests to the inbound paths, each with 200 kB of a body
# that never ends; prints the first line of each response.
bodies() {
	perl -MIO::Socket::INET -MIO::Select -e '
		my ($port, $head) = @ARGV;
		my @held = map {
			my $s = IO::Socket::INET->new("127.0.0.1:$port") or die;
			print $s "POST $_ HTTP/1.1\r\nHost: localhost\r\n$head",
			    "Content-Type: message/rfc822\r\n",
			    "Content-Length: 30000000\r\n\r\n", "x" x 200000;
			$s->flush;
			$s } ("/api/inbound/mail", "/api/inbound/postmark") x 3;
		for my $s (@held) {
			my $line = IO::Select->new($s)->can_read(3) ? <$s> : "waits\n";
			print $line // "closed\n";
		}' "$PORT" "$1"
}

# Counts the bodies on disk. nginx has unlinked these files, but keeps them open.
spooled() {
	find /proc/[0-9]*/fd -lname "$STACK/temp/body/*" 2>/dev/null | wc -l
}

# The body of an inbound email is not read before its credentials are checked.
inbound() {
	get -H 'Content-Type: message/rfc822' -d x "$BASE/api/inbound/mail"
	problem 401 'mail without credentials'
	get -u hook:wrong -H 'Content-Type: message/rfc822' -d x "$BASE/api/inbound/mail"
	problem 401 'mail with wrong credentials'
	get -u hook:secret -H 'Content-Type: message/rfc822' -d x "$BASE/api/inbound/mail"
	problem 403 'a mail without a sender'
	get -u hook:secret -H 'Content-Type: message/rfc822' -H 'X-Api-Key: a' -H 'X-Api-Key: b' -d x \
		"$BASE/api/inbound/mail"
	problem 400 'a mail with a repeated header'
	get -u hook:secret "$BASE/api/inbound/check"
	problem 404 'the check from outside'
	local lines holder n
	lines=$(bodies '' | sort | uniq -c | tr -s ' \r' ' ')
	expect "bodies without credentials: $lines" \
		[ "$lines" = " 6 HTTP/1.1 401 Unauthorized " ]
	bodies "Authorization: Basic $(printf hook:secret | base64)"$'\r\n' \
		"$work/accepted" >"$work/lines" &
	holder=$!
	for ((n = 0; n < 50; n++)); do
		[ "$(spooled)" != 6 ] || break
		sleep 0.1
	done
	expect "$(spooled) bodies with credentials are on the disk" [ "$(spooled)" = 6 ]
	kill "$holder" 2>/dev/null || :
	wait "$holder" || :
}

# logged ADDRESS: a request with this address is logged, within the second that nginx
# waits.
logged() {
	local n
	for ((n = 0; n < 30; n++)); do
		! grep -q "\"address\":\"$1\"" "$STACK/log/nginx-access.log" ||
			return 0
		sleep 0.1
	done
	return 1
}

# Only a trusted proxy can name the client.
proxies() {
	get --interface 127.0.0.7 "$BASE/live" \
		-H 'X-Forwarded-For: 127.0.0.1, 203.0.113.9'
	answers 200 'through a proxy'
	expect 'the client of a proxy is not logged' logged 203.0.113.9
	get --interface 127.0.0.2 "$BASE/metrics" -H 'X-Forwarded-For: 127.0.0.1'
	problem 403 'metrics for a forged address'
}

# Every worker gives up the privileges that it does not need.
sandboxed() {
	local worker
	for worker in $(pgrep -P "$WORKERS"); do
		grep -q '^NoNewPrivs:[^0-9]*1$' "/proc/$worker/status" || return 1
	done
	! grep 'sandbox error' "$STACK/log/workers.log"
}

# Directives that were measured to be harmful, or whose code has often had bugs. A map may match a pattern, but must not
# capture from it.
configuration() {
	local file others=() plain=() bad='fastcgi_keep_conn off|keepalive [0-9]|fastcgi_(request_)?buffering off'
	bad+='|fastcgi_max_temp_file_size 0|rewrite|ssi|slice|sub_filter'
	bad+='|charset|location ~|.*\$[1-9]'
	for file in "$here"/../../nginx/*.conf*; do
		[[ ${file##*/} = feed.conf* ]] || others+=("$file")
		[ "${file##*/}" = headers.conf ] || plain+=("$file")
	done
	expect 'see the lines above' lacks -nE "^[[:space:]]*($bad)" \
		"$here"/../../nginx/*.conf*
	expect 'nginx needs a module, or a socket that a killed nginx leaves' \
		lacks -nE '^[[:space:]]*(load_module|nchan_|listen unix)' \
		"${others[@]}"
	expect 'an add_header outside of headers.conf' lacks -nE \
		'^[[:space:]]*add_header' "${plain[@]}"
}

configuration
export SIGNUP=open POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=secret \
	POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8 STACK_PROXIES=127.0.0.7
# Tests the command with which operators check their web server.
operator_check() {
	TENANTRY_LIBEXEC=$SOURCES/libexec TENANTRY_SHARE=$STACK/share \
		"$BUILD/tenantry" nginx --check "$STACK" >"$work/body" 2>&1
}

says() {
	grep -qE -- "$1" "$work/body"
}

checked() {
	local headers=$STACK/share/nginx/headers.conf
	expect 'the check fails' operator_check
	for what in templates workers headers errors names; do
		expect "the check does not say that $what are right" says "^ok    $what "
	done
	cp "$headers" "$work/headers.conf"
	sed -i '/X-Frame-Options/d' "$headers"
	kill -HUP "$NGINX"
	expect 'the check accepts a missing header' eventually '! operator_check'
	expect 'the check does not name it' says '^FAIL  headers +missing: x-frame-options;'
	cp "$work/headers.conf" "$headers"
	kill -HUP "$NGINX"
	expect 'the check fails after a reload' eventually operator_check
	echo '# mine' >>"$STACK/tenantry.conf"
	expect 'the check accepts a changed file' eval '! operator_check'
	expect 'the check does not name the file' says '^FAIL  templates .*: tenantry.conf;'
	sed -i '$d' "$STACK/tenantry.conf"
	sed -i.full '/^UPLOADS=/d' "$STACK/arguments"
	expect 'the check accepts a missing value' eval '! operator_check'
	expect 'the check does not tell of it' says '^FAIL  templates .*no value for a placeholder'
	expect 'the check ends there' says '^ok    workers '
	mv "$STACK/arguments.full" "$STACK/arguments"
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$STACK/arguments"
		expect 'the check takes commands of another user' eval '! operator_check'
		expect 'the check does not name the owner' says '^FAIL  templates .*not owned by root'
		chown root "$STACK/arguments"
	fi
	# Prepares the folder as "tenantry setup" leaves it, for an nginx with other
	# sites.
	mv "$STACK/nginx.conf" "$work/nginx.conf"
	expect 'the check misses nginx.conf' operator_check
	mv "$work/nginx.conf" "$STACK/nginx.conf"
}

# eventually COMMAND: the command succeeds within ten seconds, because nginx takes time
# to reload.
eventually() {
	local tick
	for ((tick = 0; tick < 100; tick++)); do
		! eval "$1" || return 0
		sleep 0.1
	done
	return 1
}

export TENANTRY_TRUSTED_ORIGINS=https://trusted.test
start_stack nginx
expect 'P82 the workers have no sandbox' sandboxed
page
limits
proxies
files
malformed
workers_answers
uploads
inbound
redirects_nothing
workers_gone
status_page
fence
one_network
logs
checked
stop_stack || fail 'the server did not stop cleanly'
unset STACK
echo "nginx: $passed passed, $failed failed"
[ $failed = 0 ]
