#!/bin/bash
# hosting.sh - follows docs/hosting.md as a user without root
#
# The blocks of the document that name this file run in order, behind Debian's Apache. It
# is configured like the Apache of a hosting provider: AllowOverride All, and nothing for
# Tenantry. Then the same installation runs with FastCGI and with lighttpd. Apache and
# lighttpd are unpacked from the Debian archive into a cache, and are not installed.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
. "$here/../lib/debian.sh"
. "$here/../lib/clients.sh"
need_browser hosting
need_postgres "$here/hosting.sh" "$@"
need_build

passed=0 failed=0 server=
doc=$SOURCES/docs/hosting.md
at=https://crm.example.org
export WORK
WORK=$(scratch hosting)
work=$WORK
home=$work/home
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$work"' EXIT

# expect WHAT COMMAND...: counts a pass if the command succeeds.
expect() {
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $NAME: $what"
		tail -n 15 "$work/out" | sed 's/^/        /'
	fi
}

# is WHAT EXPECTED ACTUAL: counts a pass if both texts are equal.
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $NAME: $1: $3 instead of $2"
		head -c 600 "$work/head" "$work/body" | sed 's/^/        /'
	fi
}

# block NUMBER: prints this block of the document.
block() {
	awk -v n="$1" '/^```sh test=tests\/system\/hosting\.sh$/ { k++; open = k == n; next }
	    /^```$/ { open = 0 } open' "$doc"
}

# Runs a command as the user of the hosting account, with only the environment of a login.
as=(env -i "HOME=$home" "PATH=$PATH" "LC_ALL=C.UTF-8")
[ "$(id -u)" != 0 ] ||
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${as[@]}")

# user COMMAND...
user() {
	(cd "$home" && "${as[@]}" "PGHOSTADDR=127.0.0.1" "PGPORT=$PGPORT" "KEY=${key:-}" "$@")
}

follow() { # NUMBER
	[ -n "$(block "$1")" ] || {
		echo "there is no block $1"
		return 1
	}
	user bash -euo pipefail -c "$(block "$1")"
}

# The server of the provider requires a password.
serve_postgres() {
	local hba=$TEST_PGDATA/pg_hba.conf
	PGPORT=$(free_port)
	psql -Xqd postgres -c "ALTER SYSTEM SET listen_addresses = '127.0.0.1'" \
		-c "ALTER SYSTEM SET port = $PGPORT"
	sed -i '/^host /d' "$hba"
	echo 'host all crm,tenantry_app 127.0.0.1/32 scram-sha-256' >>"$hba"
	restart_postgres
	export PGPORT
}

# get PATH CURL-ARGUMENT...: sets head, body and STATUS.
get() {
	local path=$1
	shift
	: >"$work/head"
	: >"$work/body"
	STATUS=$(curl -gsS -o "$work/body" -D "$work/head" --max-time 60 \
		--path-as-is --cacert "$work/crm.pem" \
		--connect-to "crm.example.org:443:127.0.0.1:$https" \
		-w '%{http_code}' "$at$path" "$@" 2>"$work/error") || :
}

header() {
	sed -n "s/\r\$//; s/^$1: //Ip" "$work/head"
}

member() {
	grep -oE "\"$1\" *: *(\"[^\"]*\"|[0-9]+)" "$work/body" | head -n 1 |
		sed 's/^[^:]*: *//; s/"//g' || :
}

protected() { # WHAT
	local name
	for name in X-Content-Type-Options X-Frame-Options Referrer-Policy \
		Cross-Origin-Opener-Policy Cross-Origin-Resource-Policy \
		Permissions-Policy Content-Security-Policy \
		Strict-Transport-Security Cache-Control; do
		is "$1: header $name" 1 "$(header $name | grep -c .)"
	done
}

json=(-H 'Content-Type: application/json')
html=(-H 'Accept: text/html')

pages() {
	local asset
	get / "${html[@]}"
	is 'the page' "200 text/html; charset=utf-8" "$STATUS $(header Content-Type)"
	expect 'it is that of the front end' cmp "$work/body" "$SOURCES/web/dist/index.html"
	protected 'the page'
	is 'its policy lets its scripts run' 1 "$(header Content-Security-Policy |
		grep -c "script-src 'self'; connect-src 'self'")"
	is 'it is asked for again' no-cache "$(header Cache-Control)"
	get /contacts/7/show?x=1 "${html[@]}"
	expect 'a route of the front end' cmp "$work/body" "$SOURCES/web/dist/index.html"
	is 'with the policy of the page' 1 "$(header Content-Security-Policy |
		grep -c "script-src 'self'")"
	get /contacts
	is 'a program gets no page' 404 "$STATUS"
	asset=("$SOURCES"/web/dist/assets/*.js)
	get "/assets/${asset[0]##*/}"
	is 'a script' "200 text/javascript; charset=utf-8" \
		"$STATUS $(header Content-Type)"
	is 'it is kept' 'public, max-age=31536000, immutable' "$(header Cache-Control)"
	protected 'a script'
	get /assets/none.js "${html[@]}"
	is 'a script that does not exist' 404 "$STATUS"
	get /docs/ "${html[@]}"
	expect 'the documents' cmp "$work/body" "$SOURCES/web/dist/docs/index.html"
	get /docs/api/lists.html "${html[@]}"
	is 'a document' "200 text/html; charset=utf-8" "$STATUS $(header Content-Type)"
	is 'its policy lets the search run' 1 "$(header Content-Security-Policy |
		grep -c "script-src 'self'; connect-src 'self'")"
	protected 'a document'
	get /operator.html
	is 'the operator page' 200 "$STATUS"
	get "/set-password?token=$(printf '%032d' 0)" "${html[@]}"
	is 'a link to set a password' '302 1' \
		"$STATUS $(header Location | grep -c "^$at/#/set-password")"
	get /password.html
	is 'the password page' 200 "$STATUS"
	get /problems/not-found "${html[@]}"
	is 'the page of a problem' 200 "$STATUS"
	protected 'the page of a problem'
	user crm/tenantry maintenance schedule '2100-01-01 00:00 UTC' 60 'We move' >/dev/null
	get /status/ "${html[@]}"
	is 'the status page' '200 1' "$STATUS $(grep -c '<p>We move</p>' "$work/body")"
	protected 'the status page'
	get /status/status.json
	is 'the status page for programs' '200 application/json' "$STATUS $(header Content-Type)"
	user crm/tenantry maintenance cancel >/dev/null
	get /metrics
	is 'the metrics are denied' '40' "${STATUS:0:2}"
	get /%6detrics "${html[@]}"
	is 'nor are they told encoded' 0 "$(grep -c '^tenantry_' "$work/body" || :)"
	get /x/../metrics
	is 'nor by a detour' 0 "$(grep -c '^tenantry_' "$work/body" || :)"
	get / --request-target "$at/$program/metrics"
	is 'nor by the name of the program' 0 "$(grep -c '^tenantry_' "$work/body" || :)"
	get "/$program"
	is 'the program alone is no page' 0 "$(grep -c 'exec' "$work/body" || :)"
	for path in /.htaccess /.new.x /../crm/env /crm/env; do
		get "$path" "${html[@]}"
		is "$path is not told" 0 "$(grep -cE 'Rewrite|secret|UPLOAD' "$work/body" || :)"
	done
	echo proof >"$home/public_html/.well-known/acme-challenge/token"
	get /.well-known/acme-challenge/token
	is 'a proof of the domain' proof "$(cat "$work/body")"
	get /own.txt
	is 'a file of the user' 'my own' "$(cat "$work/body")"
}

api() {
	local id path
	get /live
	is /live '200 {"status":"ok"}' "$STATUS $(cat "$work/body")"
	get /api/tags
	is 'without a session' 401 "$STATUS"
	protected 'the API'
	get /api/nothing
	is 'an unknown path' '404 application/problem+json' \
		"$STATUS $(header Content-Type)"
	get /api/auth/sign-in/email "${json[@]}" -H "Origin: $at" -c "$work/jar" \
		-d '{"email":"ada@example.test","password":"correct horse"}'
	is 'signing in' 200 "$STATUS"
	token=$(member token)
	get /api/auth/get-session -b "$work/jar"
	is 'the cookie is of a session' ada@example.test "$(member email)"
	get /api/tags -b "$work/jar" -H 'Origin: https://evil.example' "${json[@]}" \
		-d '{"name":"x","color":"#123456"}'
	is 'a page of another site cannot write' 403 "$STATUS"
	get /api/tags -H "Authorization: Bearer $token" "${json[@]}" \
		-d "{\"name\":\"Bäcker by $NAME\",\"color\":\"#123456\"}"
	is 'a row is created' 201 "$STATUS"
	id=$(member id)
	get "/api/tags/$id?fields=[%22name%22]" -b "$work/jar"
	is 'it is read' "200 {\"name\":\"Bäcker by $NAME\"}" \
		"$STATUS $(cat "$work/body")"
	is 'answers with secrets are not compressed' '' "$(header Content-Encoding)"
	get "/api/tags/$id" -X DELETE -H "Authorization: Bearer $token"
	is 'it is deleted' 200 "$STATUS"

	get /api/upload -b "$work/jar" -H "Origin: $at" -H 'Content-Type: image/png' \
		--data-binary "@$work/picture"
	is 'a file of 2 MB is uploaded' 201 "$STATUS"
	path=$(member src)
	path=/uploads/${path##*/}
	get "$path"
	is 'it is read' "200 $(sha256sum <"$work/picture")" \
		"$STATUS $(sha256sum <"$work/body")"
	is 'pages of any origin may show it' 'cross-origin *' \
		"$(header Cross-Origin-Resource-Policy) $(header Access-Control-Allow-Origin)"
	is 'it cannot run as a page' 1 "$(header Content-Security-Policy | grep -c sandbox)"
	is 'it is kept, too' 1 "$(header Cache-Control | grep -c immutable)"
	get /api/changes/stream -b "$work/jar" -H 'Last-Event-ID: 0' --max-time 20
	is 'the feed answers at once, to be asked again' '200 1' \
		"$STATUS $(grep -c '^retry: 3000' "$work/body" || :)"
}

# The browser runs with the page's policy, and without a live feed.
browser() {
	mkdir -p "$work/node"
	cp "$here/hosting_page.mjs" "$work/node"
	ln -sfn "$CLIENTS/node_modules" "$work/node/node_modules"
	HOME=$work/node timeout 120 node "$work/node/hosting_page.mjs" "$https"
}

# The protocols that other programs use: CardDAV and MCP.
protocols() {
	get /.well-known/carddav -X PROPFIND
	is 'CardDAV is found' 301 "$STATUS"
	get /carddav/ -X PROPFIND -H 'Depth: 0'
	is 'it asks for a key' '401 1' \
		"$STATUS $(header WWW-Authenticate | grep -c '^Basic')"
	get /carddav/ -X PROPFIND -H 'Depth: 0' -u "ada@example.test:$key"
	is 'it takes a key' 207 "$STATUS"
	get /.well-known/oauth-protected-resource/mcp
	is 'the metadata of MCP' 200 "$STATUS"
	get /mcp "${json[@]}" -H 'Accept: application/json, text/event-stream' \
		-H "x-api-key: $key" -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
	is 'MCP' '200 1' "$STATUS $(grep -c '"tools"' "$work/body" || :)"
	get "/calendar/$feed"
	is 'a calendar feed' '200 1' "$STATUS $(grep -c BEGIN:VCALENDAR "$work/body" || :)"
	get /invite/wrong "${html[@]}"
	is 'an invitation that does not exist' 404 "$STATUS"
}

# serve NAME COMMAND...: starts a web server as the user and checks it.
serve() {
	local tick
	NAME=$1
	shift
	(cd "$home" && exec "${as[@]}" "$@") </dev/null >"$work/server.log" 2>&1 &
	server=$!
	for ((tick = 0; tick < 200; tick++)); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$https") 2>/dev/null || return 0
		kill -0 $server 2>/dev/null || break
		sleep 0.05
	done
	tail -n 20 "$work"/*.log
	return 1
}

finish() {
	kill $server
	wait $server 2>/dev/null || :
	server=
}

check_all() {
	local before=$failed
	# Each server needs two sign-ins within seconds. Three in ten seconds are allowed.
	psql -Xqd crm -c 'DELETE FROM identity.rate_limit'
	pages
	api
	protocols
	expect 'a browser' browser
	[ $failed = $before ] ||
		tail -n 8 "$work"/*.log "$home"/crm/log/*.log
}

apache() {
	cat >"$work/apache.conf" <<-CONF
		ServerRoot $work
		ServerName crm.example.org
		DefaultRuntimeDir $work/run
		PidFile $work/run/apache.pid
		Listen 127.0.0.1:$http
		Listen 127.0.0.1:$https
		ErrorLog $work/apache-error.log
		DocumentRoot $home/public_html
		$(for name in mpm_event authz_core mime dir env alias headers \
			rewrite deflate filter setenvif cgid fcgid ssl; do
			echo "LoadModule ${name}_module $modules/mod_$name.so"
		done)
		ScriptSock $work/run/cgid.sock
		FcgidIPCDir $work/run/fcgid
		FcgidProcessTableFile $work/run/fcgid.table
		FcgidMaxRequestLen 53477376
		TypesConfig /dev/null
		<Directory />
		    Require all denied
		</Directory>
		<Directory $home/public_html>
		    AllowOverride All
		    Require all granted
		</Directory>
		<VirtualHost *:$https>
		    SSLEngine on
		    SSLCertificateFile $work/crm.pem
		    SSLCertificateKeyFile $work/crm.key
		</VirtualHost>
	CONF
	rm -f "$work/run/apache.pid"
	serve "$1" "$PROGRAMS/usr/sbin/apache2" -X -f "$work/apache.conf"
}

lighttpd() {
	cat "$work/crm.pem" "$work/crm.key" >"$work/both.pem"
	cat >"$work/lighttpd.conf" <<-CONF
		server.modules = ("mod_openssl")
		server.bind = "127.0.0.1"
		server.port = $https
		server.document-root = "$work/empty"
		server.errorlog = "$work/lighttpd-error.log"
		server.upload-dirs = ("$work/run")
		ssl.engine = "enable"
		ssl.pemfile = "$work/both.pem"
		include "$home/crm/lighttpd.conf"
	CONF
	chmod 644 "$work/both.pem"
	serve "$1" "$PROGRAMS/usr/sbin/lighttpd" -D -f "$work/lighttpd.conf" \
		-m "$PROGRAMS/usr/lib/lighttpd"
}

setup() {
	user bash -c "exec $home/tenantry-*-hosting-*/bin/tenantry setup --hosting crm \"\$@\"" - "$@"
}

# again ANSWER...: sets up again with different answers, and with FastCGI or a different
# server.
again() {
	printf '%s\n' "$@" >"$home/again"
	chmod 644 "$home/again"
	setup --from again
}

# refuses TEXT ANSWER...: setup reports the fault and changes nothing.
refuses() {
	local text=$1 status=0
	shift
	{
		echo URL=$at
		echo "WEBROOT=$home/public_html"
		echo 'DATABASE_URL=postgresql://crm:change%20me@db.example.org/crm'
		printf '%s\n' "$@"
	} >"$home/wrong"
	chmod 644 "$home/wrong"
	setup --from wrong >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	[ $status = 1 ] && grep -qF -- "$text" "$work/said" &&
		grep -q 'nothing was changed' "$work/said" && [ ! -e "$home/crm/env" ]
}

sums() {
	(cd "$home" && find crm public_html -type f ! -path '*/log/*' \
		-exec sha256sum {} + | sort -k 2)
}

twice_the_same() {
	sums >"$work/before"
	setup --from again && sums | diff "$work/before" -
}

# Only the owner may read the files in the folder.
closed() {
	[ "$(stat -c %a "$home/crm")" = 700 ] &&
		! find "$home/crm" -type f -perm /077 | grep .
}

only_one_at_a_time() {
	local began=$SECONDS other
	user flock crm/jobs.lock sleep 5 &
	other=$!
	sleep 1
	: >"$home/crm/log/jobs.log"
	user crm/jobs && [ ! -s "$home/crm/log/jobs.log" ] &&
		[ $((SECONDS - began)) -lt 5 ] && wait $other
}

sends_mail() {
	psql -XAtqd crm -c "SELECT ops.send_mail('verify-email', 'a@example.test',
	    'en', '{\"url\":\"$at/x\"}')" >/dev/null
	user crm/jobs
	psql -XAtqd crm -c "SELECT count(*) FROM ops.periodic_task" | grep -qx '[1-9][0-9]*'
	grep -q 'mail=kept' "$home/crm/log/jobs.log"
}

# The next version is in a different folder. Setup redirects everything to it.
upgrades() {
	local old new
	old=$(echo "$home"/tenantry-*-hosting-*/)
	new=$home/tenantry-9.9.9-hosting-test
	user cp -R "$old" "$new"
	user bash -c "rm '$new'/share/tenantry/www/icon.svg"
	user "$new/bin/tenantry" setup --hosting crm --from again &&
		user rm -r "$old" && user crm/tenantry schema status >/dev/null &&
		user crm/jobs && [ ! -e "$home/public_html/icon.svg" ] &&
		[ -e "$home/public_html/own.txt" ]
}

# A killed setup leaves files that the next setup replaces.
goes_on() {
	echo torn >"$home/public_html/index.html"
	touch "$home/public_html/.new.abc"
	setup && [ ! -e "$home/public_html/.new.abc" ] &&
		cmp "$home/public_html/index.html" "$SOURCES/web/dist/index.html"
}

# A section without an end would include the user's lines.
refuses_torn_section() {
	local file=$home/public_html/.htaccess status=0
	cp "$file" "$work/htaccess"
	sed -i '/^# END Tenantry/d' "$file"
	setup >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	cp "$work/htaccess" "$file"
	[ $status = 1 ] && grep -q 'END Tenantry' "$work/said"
}

# Uses the real crontab, in a separate file system. The second setup adds no second line.
adds_cron() {
	printf '%s\n' CRON=yes >"$home/again"
	mkdir -p "$work/bin"
	local root=() me=()
	[ "$(id -u)" = 0 ] || {
		root=(sudo -n --preserve-env=WORK)
		me=(setpriv "--reuid=$(id -u)" "--regid=$(id -g)" --init-groups)
	}
	"${root[@]}" unshare -m bash -euc '
		mount -t tmpfs none /var/spool
		mkdir -p /var/spool/cron/crontabs
		chmod 1777 /var/spool/cron/crontabs
		cd "$1"
		shift
		echo "# of the user" | "$@" crontab -
		for n in 1 2; do
			"$@" bash -c "tenantry-*/bin/tenantry setup --hosting crm --from again"
		done
		printf "#!/bin/sh\necho crontab: the disk is full >&2\nexit 1\n" >"$WORK/bin/crontab"
		chmod 755 "$WORK/bin" "$WORK/bin/crontab"
		"$@" bash -c "! PATH=$WORK/bin:\$PATH tenantry-*/bin/tenantry setup --hosting crm --from again"
		"$@" crontab -l >"$WORK/crontab"' - "$home" "${me[@]}" "${as[@]}" \
		"PGHOSTADDR=127.0.0.1" "PGPORT=$PGPORT" "PATH=$PROGRAMS/usr/bin:$PATH"
	cat "$work/crontab"
	[ "$(cat "$work/crontab")" = "# of the user
* * * * * $home/crm/jobs" ]
}

# A host has different libraries. The libraries in the tarball suffice.
whole() {
	local root file loader
	root=$(echo "$home"/tenantry-*-hosting-*/)
	loader=$(echo "$root"lib/ld-linux*)
	for file in lib/tenantry/tenantry-fcgi libexec/tenantry/ondemand.so; do
		"$loader" --library-path "${root}lib" --list \
			"$root$file" || return
	done >"$work/libraries"
	grep -q "libpq.so.5 => ${root}lib/" "$work/libraries" &&
		grep -q "libcurl.so.4 => ${root}lib/" "$work/libraries" &&
		! grep -v -e "=> ${root}lib/" -e linux-vdso -e /lib64/ld-linux -e "^[[:space:]]$loader " \
			"$work/libraries"
}

status=0
debian_programs "$(. /etc/os-release && echo "$VERSION_CODENAME")" apache2-bin \
	libapache2-mod-fcgid lighttpd lighttpd-mod-openssl cron || status=$?
[ $status = 0 ] || {
	echo "hosting: SKIPPED, Apache and lighttpd cannot be downloaded"
	exit $status
}
install_clients "$SOURCES/tests/web"
modules=$PROGRAMS/usr/lib/apache2/modules
http=$(free_port) https=$(free_port) program=tenantry.cgi NAME=recipe
mkdir -p "$work/run" "$work/empty" "$home/public_html/.well-known/acme-challenge" "$home/crm"
echo 'my own' >"$home/public_html/own.txt"
echo '# mine' >"$home/public_html/.htaccess"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=crm.example.org -addext subjectAltName=DNS:crm.example.org \
	-keyout "$work/crm.key" -out "$work/crm.pem" 2>/dev/null
{
	printf '\x89PNG\r\n\x1a\n'
	head -c 2000000 /dev/urandom
} >"$work/picture"
cat >"$home/.curlrc" <<-CURL
	cacert = $work/crm.pem
	connect-to = crm.example.org:443:127.0.0.1:$https
CURL
serve_postgres
# The database of this test has no DNS name.
cat >"$home/crm/tenantry.conf" <<-CONF
	PGHOSTADDR=127.0.0.1
	PGPORT=$PGPORT
CONF

[ "$(block 6)" = 'make hosting' ] || {
	echo "hosting.md has another block 6"
	exit 1
}
rm -f "$BUILD"/tenantry-*-hosting-*.tar.gz
make -s -C "$BUILD" hosting >"$work/out" 2>&1 || {
	tail "$work/out"
	exit 1
}
mv "$BUILD"/tenantry-*-hosting-*.tar.gz "$home"
chmod 755 "$work" "$work/run" "$home"
chmod 644 "$work/crm.key"
[ "$(id -u)" != 0 ] || chown -R nobody:nogroup "$home" "$work/run" "$work"
touch "$work/apache-error.log" "$work/lighttpd-error.log"
chmod 666 "$work"/*.log

# The login may not create roles, and nobody has created them, so setup refuses.
psql -Xqd postgres -c "CREATE ROLE crm LOGIN PASSWORD 'change me'" \
	-c "CREATE DATABASE crm OWNER crm"
user tar -xzf "$home"/tenantry-*-hosting-*.tar.gz
expect 'the tarball lacks a library' whole
expect 'a database without roles' refuses 'cannot create roles'
psql -Xqd postgres -c 'DROP DATABASE crm' -c 'DROP ROLE crm'
expect 'a database that does not exist' refuses 'the database refused'
(bash -euo pipefail -c "$(block 1)") >"$work/out" 2>&1 || {
	cat "$work/out"
	exit 1
}
expect 'an address with a path' refuses 'without a path' URL=https://example.org/crm
expect 'no document root' refuses 'not a folder that you can write to' WEBROOT=/nowhere
expect 'settings in the document root' refuses 'inside the document root' "WEBROOT=$home"
expect 'an unknown server' refuses 'choose apache or lighttpd' SERVER=iis
echo 'of somebody' >"$home/public_html/index.html"
expect 'a page of somebody else' refuses 'was not written by Tenantry'
rm "$home/public_html/index.html"

apache 'Apache CGI'
follow 2 >"$work/setup" 2>&1 || {
	cat "$work/setup" "$work"/*.log
	exit 1
}
is 'setup finds that it answers' 1 "$(grep -c "$at answers" "$work/setup" || :)"
is 'setup prints a link' 1 "$(grep -c "$at/operator.html#" "$work/setup" || :)"
is 'setup tells the line for cron' 1 "$(grep -cF "* * * * * $home/crm/jobs" "$work/setup" || :)"
expect 'the command and the address' follow 3
expect 'the jobs' follow 4
expect 'the folder is open to others' closed
is 'own lines of .htaccess' '# mine' "$(tail -n 1 "$home/public_html/.htaccess")"

get /api/auth/sign-up/email "${json[@]}" \
	-d '{"name":"Ada","email":"ada@example.test","password":"correct horse"}'
is 'the first user signs up' 200 "$STATUS"
token=$(member token)
get /api/auth/api-key/create "${json[@]}" -H "Authorization: Bearer $token" \
	-d '{"name":"all"}'
key=$(member key)
get /api/calendar_feeds "${json[@]}" -H "Authorization: Bearer $token" -d '{}'
feed=$(member url)
feed=${feed##*/calendar/}
check_all
expect 'the figures' follow 5
cat "$work/out"
STATUS=$(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' \
	-H 'Host: crm.example.org' "http://127.0.0.1:$http/contacts?a=%20b")
is 'http leads to https' "301 $at/contacts?a=%20b" "$STATUS"
expect 'a mail and the periodic tasks' sends_mail
expect 'two runs of the jobs' only_one_at_a_time
finish

program=tenantry.fcgi
expect 'setup continues after an interruption' goes_on
expect 'a section without an end' refuses_torn_section
expect 'setup with FastCGI' again INTERFACE=fastcgi
expect 'a second setup changes files' twice_the_same
is 'the program for CGI is gone' no "$([ -e "$home/public_html/tenantry.cgi" ] && echo yes || echo no)"
apache 'Apache mod_fcgid'
check_all
expect 'the figures' follow 5
cat "$work/out"
finish

program=tenantry.cgi
expect 'setup for lighttpd' again SERVER=lighttpd INTERFACE=cgi
lighttpd 'lighttpd CGI'
check_all
expect 'the figures' follow 5
cat "$work/out"
finish

expect 'another version' upgrades
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
	expect 'the line in the crontab' adds_cron
else
	echo 'SKIPPED: hosting: the crontab is tried only by root, or with sudo without a password'
fi
program=tenantry.fcgi
psql -Xqd postgres -c "ALTER ROLE tenantry_app LOGIN PASSWORD 'change me too'"
expect 'setup for lighttpd with FastCGI' again SERVER=lighttpd INTERFACE=fastcgi CRON=no \
	'TENANTRY_APP_URL=postgresql://tenantry_app:change%20me%20too@db.example.org/crm'
lighttpd 'lighttpd FastCGI'
check_all
is 'the workers have their own login' tenantry_app "$(psql -XAtqd crm -c "SELECT DISTINCT
	usename FROM pg_stat_activity WHERE application_name = 'tenantry'")"
expect 'the figures' follow 5
cat "$work/out"
finish

echo "hosting: $passed passed, $failed failed"
[ $failed = 0 ]
