#!/bin/bash
# webservers.sh - tests the workers behind other web servers
#
# nginx with its own fastcgi_params, Apache (mod_proxy_fcgi, mod_fcgid, CGI) and lighttpd
# (FastCGI, CGI), and Tenantry's nginx behind nginx, Apache, Caddy and HAProxy. These servers
# are unpacked from the Debian archive into a cache, and are not installed.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
. "$here/../lib/debian.sh"
need_postgres "$here/webservers.sh" "$@"

passed=0 failed=0 server= model= checks=check
work=$(scratch webservers)
trap '[ -z "$server$model" ] || kill $server $model 2>/dev/null || :
    [ -z "${STACK:-}" ] || stop_stack || :; rm -rf "$work"' EXIT

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

# get PATH CURL-ARGUMENT...: sets head, body and STATUS.
get() {
	local path=$1
	shift
	: >"$work/head"
	: >"$work/body"
	STATUS=$(curl -gsS -o "$work/body" -D "$work/head" --max-time 30 \
		--path-as-is -w '%{http_code}' -H "Authorization: Bearer $token" \
		"http://127.0.0.1:$port$path" "$@" 2>"$work/error") || :
}

member() {
	grep -oE "\"$1\" *: *(\"[^\"]*\"|[0-9]+)" "$work/body" | head -n 1 |
		sed 's/^[^:]*: *//; s/"//g' || :
}

json=(-H 'Content-Type: application/json')

check() {
	local id path
	get /live
	is /live '200 {"status":"ok"}' "$STATUS $(cat "$work/body")"
	get /api/tags "${json[@]}" -d "{\"name\":\"Bäcker by $NAME\",\"color\":\"#123456\"}"
	is 'a row is created' 201 "$STATUS"
	id=$(member id)
	get "/api/tags/$id?fields=[%22name%22]"
	is 'the row is read' "200 {\"name\":\"Bäcker by $NAME\"}" \
		"$STATUS $(cat "$work/body")"
	get "/api/tags/%$(printf '%02x' "'${id:0:1}")${id:1}"
	is 'an encoded path is decoded' 200 "$STATUS"
	get "/api/tags/$id" -X PATCH "${json[@]}" -d '{"color":"#654321"}'
	is 'the row is updated' 200 "$STATUS"
	get "/api/tags/$id" -I
	is 'HEAD' 200 "$STATUS"
	get "/api/tags/$id" -X DELETE
	is 'the row is deleted' 200 "$STATUS"
	get "/api/tags/$id"
	is 'a row that does not exist' 404 "$STATUS"
	token='' get /api/tags
	is 'without a session' 401 "$STATUS"
	get /api/tags%c3%a4
	is 'a path that does not exist' 404 "$STATUS"

	get /api/upload -H 'Content-Type: image/png' --data-binary "@$work/picture"
	is 'a file is uploaded' 201 "$STATUS"
	path=$(member src)
	path=/uploads/${path##*/}
	get "$path"
	is 'the file is read' "200 $(sha256sum <"$work/picture")" \
		"$STATUS $(sha256sum <"$work/body")"
	# Apache does not trust the length that a script reports.
	grep -qi '^transfer-encoding: chunked' "$work/head" ||
		is 'its length is sent' "$(wc -c <"$work/picture")" \
			"$(sed -n 's/\r$//; s/^Content-Length: //Ip' "$work/head")"
	is 'no header is for nginx' 0 \
		"$(grep -ciE '^x-accel-redirect|^x-file-url' "$work/head" || :)"
	is 'it cannot run as a page' 1 \
		"$(grep -ciE '^content-security-policy: .*sandbox' "$work/head")"
	get /api/upload -F "file=@$work/picture;filename=b.png"
	is 'a form with a file' 201 "$STATUS"
	get /api/upload -H 'Content-Type: image/png' -d ''
	is 'an empty upload' 422 "$STATUS"
	token='' get /api/upload -H 'Content-Type: image/png' \
		--data-binary "@$work/picture"
	is 'an upload without a session' 401 "$STATUS"
	get /api/changes/stream --max-time 5 -H 'Last-Event-ID: 0'
	is 'changes without a feed' 200 "$STATUS"
}

# Events arrive while the response that contains them is still open, so the proxy
# neither delays them nor ends the response.
check_stream() {
	local stream tick after=
	get /live
	is /live 200 "$STATUS"
	# A client that is behind gets the missed events, and requests further events.
	for ((tick = 0; tick < 20; tick++)); do
		get "/api/changes/stream${after:+?after=$after}" --max-time 3
		grep -qi '^content-length:' "$work/head" || break
		after=$(sed -n 's/^id: //p' "$work/body" | tail -n 1)
	done
	: >"$work/head"
	: >"$work/body"
	curl -gsSN --max-time 60 -D "$work/head" -H "Authorization: Bearer $token" \
		"http://127.0.0.1:$port/api/changes/stream${after:+?after=$after}" >"$work/body" 2>"$work/error" &
	stream=$!
	for ((tick = 0; tick < 600; tick++)); do
		! grep -qi '^content-type: text/event-stream' "$work/head" || break
		sleep 0.05
	done
	curl -fsS "${json[@]}" -H "Authorization: Bearer $token" -o /dev/null \
		-d "{\"name\":\"Event by $NAME\",\"color\":\"#123456\"}" "$BASE/api/tags"
	for ((tick = 0; tick < 400; tick++)); do
		! grep -q '"tags"' "$work/body" || break
		sleep 0.05
	done
	is 'an event arrives' yes "$(grep -q '"tags"' "$work/body" && echo yes || echo no)"
	is 'the stream is still open' yes "$(kill -0 $stream 2>/dev/null && echo yes || echo no)"
	kill $stream 2>/dev/null || :
	wait $stream 2>/dev/null || :
}

# Starts a model for the assistant, which sends a part of its response, and the rest once a
# file "go" exists.
start_model() {
	node --input-type=module -e '
		import { existsSync } from "node:fs";
		const [lib, port, go] = process.argv.slice(1);
		const { model } = await import(lib);
		const state = await model(port);
		state.script = () => ({ text: "The first and the second part." });
		state.pause = async () => {
			while (!existsSync(go))
				await new Promise((done) => setTimeout(done, 50));
		};' "$here/../lib/model.mjs" "$1" "$work/go" &
	model=$!
}

# Checks the same for a response of the assistant.
check_answer() {
	local stream tick
	rm -f "$work/go"
	: >"$work/head"
	: >"$work/body"
	curl -gsSN --max-time 60 -D "$work/head" "${json[@]}" -H "Authorization: Bearer $token" \
		-d '{"messages":[{"role":"user","content":"Hello?"}]}' \
		"http://127.0.0.1:$port/api/assistant/chat" >"$work/body" 2>"$work/error" &
	stream=$!
	for ((tick = 0; tick < 400; tick++)); do
		! grep -q '^event: delta' "$work/body" || break
		sleep 0.05
	done
	is 'a part of an answer arrives' yes "$(grep -q '^event: delta' "$work/body" && echo yes || echo no)"
	is 'the answer is still open' yes "$(kill -0 $stream 2>/dev/null && echo yes || echo no)"
	touch "$work/go"
	wait $stream 2>/dev/null || :
	is 'the answer ends' 'event: done' "$(grep '^event: ' "$work/body" | tail -n 1)"
}

check_streams() {
	check_stream
	check_answer
}

# serve NAME COMMAND...: starts a web server on $port, runs the checks, and ends it.
serve() {
	local tick before=$failed
	NAME=$1
	shift
	"$@" </dev/null >"$work/server.log" 2>&1 &
	server=$!
	for ((tick = 0; tick < 200; tick++)); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
		kill -0 $server 2>/dev/null || break
		sleep 0.05
	done
	$checks
	[ $failed = $before ] ||
		tail -n 5 "$work"/*.log "$STACK/log/workers.log"
	kill $server 2>/dev/null || :
	wait $server 2>/dev/null || :
	server=
	port=$(free_port)
}

apache() {
	cat >"$work/apache.conf" <<-CONF
		ServerRoot $work
		ServerName 127.0.0.1
		DefaultRuntimeDir $work
		PidFile $work/apache.pid
		Listen 127.0.0.1:$port
		ErrorLog $work/apache-error.log
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule env_module $modules/mod_env.so
		LoadModule alias_module $modules/mod_alias.so
		$1
	CONF
	rm -f "$work/apache.pid"
	serve "$2" "${as[@]}" "$PROGRAMS/usr/sbin/apache2" -X -f "$work/apache.conf"
}

lighttpd() {
	cat >"$work/lighttpd.conf" <<-CONF
		server.bind = "127.0.0.1"
		server.port = $port
		server.document-root = "$work/www"
		server.errorlog = "$work/lighttpd-error.log"
		server.upload-dirs = ("$work")
		$1
	CONF
	serve "$2" "$PROGRAMS/usr/sbin/lighttpd" -D -f "$work/lighttpd.conf" \
		-m "$PROGRAMS/usr/lib/lighttpd"
}

port=$(free_port)
start_model "$port"
export TENANTRY_ASSISTANT_URL=http://127.0.0.1:$port/v1 TENANTRY_PRIVATE_ASSISTANT=on TENANTRY_ASSISTANT_KEY=key
STACK_JOBS=yes SIGNUP=open TENANTRY_RATE_LIMIT=off start_stack webservers
token=$(curl -fsS "${json[@]}" -d '{"name":"Ada","email":"ada@example.test",
    "password":"correct horse"}' "$BASE/api/auth/sign-up/email" |
	sed 's/.*"token":"\([^"]*\)".*/\1/')
{
	printf '\x89PNG\r\n\x1a\n'
	head -c 300000 /dev/urandom
} >"$work/picture"
mkdir "$work/www"
port=$(free_port)

cat >"$work/nginx.conf" <<-CONF
	pid $work/nginx.pid;
	error_log $work/nginx-error.log;
	$([ "$(id -u)" != 0 ] || echo 'user root;')
	daemon off;
	events { }
	http {
	    access_log off;
	    $(for kind in client_body fastcgi proxy uwsgi scgi; do
		echo "${kind}_temp_path $work/$kind;"
	done)
	    server {
	        listen 127.0.0.1:$port;
	        client_max_body_size 51m;
	        location / {
	            include /etc/nginx/fastcgi_params;
	            fastcgi_pass unix:$STACK/api.sock;
	        }
	    }
	}
CONF
serve 'nginx with fastcgi_params' nginx -c "$work/nginx.conf" -e "$work/nginx-error.log"

status=0
debian_programs "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
	apache2-bin caddy haproxy libapache2-mod-fcgid lighttpd || status=$?
[ $status = 0 ] || {
	echo "webservers: SKIPPED, the web servers cannot be downloaded"
	exit $status
}
modules=$PROGRAMS/usr/lib/apache2/modules
# Apache refuses to run as root.
as=()
mkdir -m 777 "$work/uploads"
[ "$(id -u)" != 0 ] || {
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	chmod 777 "$work"
	chmod 755 "$STACK" "$PGHOST"
	chmod 666 "$STACK"/*.sock "$STACK/log/workers.log"
}
for kind in cgi fcgi; do
	mkdir -p "$work/uploads"
	cat >"$work/tenantry.$kind" <<-SH
		#!/bin/sh
		$(export -p | grep -E "^(declare -x|export) (TENANTRY_|BETTER_AUTH_|DATABASE_URL|SIGNUP|UPLOAD_|PG)" |
			sed 's/^declare -x/export/')
		unset TENANTRY_SOCKET TENANTRY_LOGIN_SOCKET TENANTRY_SLOW_SOCKET
		export UPLOAD_DIR="$work/uploads"
		exec "$BUILD/tenantry-fcgi" 2>>"$STACK/log/workers.log"
	SH
	chmod 755 "$work/tenantry.$kind"
done

apache "LoadModule proxy_module $modules/mod_proxy.so
	LoadModule proxy_fcgi_module $modules/mod_proxy_fcgi.so
	<Location />
	    CGIPassAuth On
	</Location>
	ProxyPass / unix:$STACK/api.sock|fcgi://localhost/" 'Apache mod_proxy_fcgi'
apache "LoadModule fcgid_module $modules/mod_fcgid.so
	FcgidIPCDir $work/fcgid
	FcgidProcessTableFile $work/fcgid.table
	FcgidMaxRequestLen 60000000
	FcgidMaxProcesses 2
	ScriptAlias / $work/tenantry.fcgi/
	<Directory $work>
	    SetHandler fcgid-script
	    Options +ExecCGI
	    CGIPassAuth On
	    Require all granted
	</Directory>" 'Apache mod_fcgid'
apache "LoadModule cgid_module $modules/mod_cgid.so
	ScriptSock $work/cgid.sock
	ScriptAlias / $work/tenantry.cgi/
	<Directory $work>
	    Options +ExecCGI
	    CGIPassAuth On
	    Require all granted
	</Directory>" 'Apache CGI'
lighttpd 'server.modules = ("mod_fastcgi")
	fastcgi.server = ("/" => ((
	    "socket" => "'"$STACK/api.sock"'",
	    "check-local" => "disable", "fix-root-scriptname" => "enable")))' \
	'lighttpd FastCGI'
cp "$work/tenantry.cgi" "$work/www"
lighttpd 'server.modules = ("mod_rewrite", "mod_cgi")
	url.rewrite-once = ("^(/.*)" => "/tenantry.cgi$1")
	cgi.assign = (".cgi" => "")' 'lighttpd CGI'

# Tests proxies with the first settings in their manuals. Caddy must not add a root
# certificate to the certificates that this machine trusts.
if [ ! -e "$NCHAN" ]; then
	echo 'webservers: SKIPPED, no streams without the module nchan of nginx'
else
	checks=check_streams
	NAME=ours
	port=$PORT get /api/changes/stream --max-time 3
	is 'a stream tells nginx in front not to keep it' no \
		"$(sed -n 's/\r$//; s/^x-accel-buffering: //Ip' "$work/head")"
	curl -fsS "${json[@]}" -H "Authorization: Bearer $token" -o /dev/null \
		-d '{"name":"Stream","slug":"stream"}' "$BASE/api/auth/organization/create"
	sed -e "s|127.0.0.1:[0-9]*;|127.0.0.1:$port;|" -e '/fastcgi_params/d' \
		-e "s|fastcgi_pass .*|proxy_pass $BASE;|" "$work/nginx.conf" >"$work/proxy.conf"
	serve 'nginx as a proxy' nginx -c "$work/proxy.conf" -e "$work/nginx-error.log"
	apache "LoadModule proxy_module $modules/mod_proxy.so
		LoadModule proxy_http_module $modules/mod_proxy_http.so
		ProxyPass / $BASE/" 'Apache as a proxy'
	cat >"$work/Caddyfile" <<-CONF
		{
			admin off
			skip_install_trust
		}
		http://127.0.0.1:$port {
			reverse_proxy 127.0.0.1:$PORT
		}
	CONF
	serve 'Caddy as a proxy' env HOME="$work" "$PROGRAMS/usr/bin/caddy" run --adapter caddyfile \
		--config "$work/Caddyfile"
	cat >"$work/haproxy.cfg" <<-CONF
		defaults
		    mode http
		    timeout connect 5s
		    timeout client 50s
		    timeout server 50s
		frontend all
		    bind 127.0.0.1:$port
		    default_backend tenantry
		backend tenantry
		    server one 127.0.0.1:$PORT
	CONF
	serve 'HAProxy as a proxy' "$PROGRAMS/usr/sbin/haproxy" -f "$work/haproxy.cfg"
fi

stop_stack || failed=$((failed + 1))
STACK=
echo "webservers: $passed passed, $failed failed"
[ $failed = 0 ]
