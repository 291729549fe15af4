# serve.bash - the workers, the jobs and nginx; sourced by stack.bash

# Writes the settings of the programs as a shell file. The workers get only these
# settings, and an operator sources the file to run tenantry(1).
write_environment() {
	local name known # a variable NAME_FILE names the file with a secret
	known=$("$APP/sbin/tenantry-fcgi" --help |
		sed -n 's/^\([A-Z][A-Z0-9_]*\) .*/\1/p')
	(
		umask 077
		: >"$STATE/env.new"
	)
	for name in $(compgen -e | sort); do
		case $name in
		TENANTRY_DEMO_PASSWORD | TENANTRY_STATE) continue ;;
		TENANTRY_* | PG* | [ALU]*SAN_OPTIONS) ;;
		*) grep -qx "${name%_FILE}" <<<"$known" || continue ;;
		esac
		printf 'export %s=%q\n' "$name" "${!name}"
	done >>"$STATE/env.new"
	printf 'PATH=%q:%q:$PATH\n' "$APP/bin" "$APP/sbin" >>"$STATE/env.new"
	if cmp -s "$STATE/env.new" "$STATE/env"; then
		rm "$STATE/env.new"
	else
		mv "$STATE/env.new" "$STATE/env"
		CHANGED=true
	fi
}

# Runs tenantry(1) as the chosen user.
tenantry() {
	"${AS[@]}" "$APP/bin/tenantry" "$@"
}

workers_run() {
	alive "$(pid_in "$STATE/workers.pid")" "$APP/sbin/tenantry-fcgi"
}

# After a drain, requests have 20 s to end, see fcgi/server/supervisor.c.
stop_workers() {
	! workers_run || halt "$(pid_in "$STATE/workers.pid")" TERM $((25 + ${TENANTRY_DRAIN_TIME:-0}))
	rm -f "$STATE/workers.pid"
}

GENERATION=

ask() {
	curl -fsS --noproxy '*' --max-time 5 "$1" 2>/dev/null
}

# launch NAME PROGRAM...: starts the program in the background with only the settings as
# its environment. Sets PID, and sets SAID to the previous length of its log.
launch() {
	open_log "$1.log"
	SAID=$(wc -l <"$LOG/$1.log")
	setsid env -i PATH="$PATH" LC_ALL="$LC_ALL" HOME="${HOME:-/}" \
		TENANTRY_GENERATION="$GENERATION" \
		bash -c '. "$0" && exec "$@"' "$STATE/env" \
		"${AS[@]}" "${@:2}" </dev/null >>"$LOG/$1.log" 2>&1 9>&- &
	PID=$!
	echo $PID >"$STATE/$1.pid"
}

# sockets: prints the names of existing sockets, with their numbers.
sockets() {
	stat -c '%n %i %z' "$RUN"/{api,login,slow}.sock 2>/dev/null || :
}

# The new workers take over the sockets of the running workers, which then end, so that
# no request fails.
start_workers() {
	local PID SAID tick old= had now
	if workers_run; then
		! $CHANGED && [ -S "$RUN/api.sock" ] && return 0
		old=$(pid_in "$STATE/workers.pid")
	else
		# Workers of a killed supervisor may still end their requests.
		rm -f "$RUN"/{api,login,slow}.sock
	fi
	had=$(sockets)
	GENERATION=$(date +%s.%N)
	launch workers "$APP/sbin/tenantry-fcgi" ${old:+--take-over}
	for ((tick = 0; tick < 200; tick++)); do
		kill -0 $PID 2>/dev/null || break
		now=$(sockets)
		if [ "$(wc -l <<<"$now")" = 3 ] && [ -z "$(comm -12 <(sort <<<"$had") <(sort <<<"$now"))" ]; then
			[ -z "$old" ] || halt "$old" TERM $((25 + ${TENANTRY_DRAIN_TIME:-0}))
			return 0
		fi
		sleep 0.05
	done
	[ -z "$old" ] || echo "$old" >"$STATE/workers.pid"
	failed "the workers did not start" "$LOG/workers.log" "$SAID"
}

jobs_run() {
	alive "$(pid_in "$STATE/jobs.pid")" "$APP/sbin/tenantry-jobs"
}

stop_jobs() {
	! jobs_run || halt "$(pid_in "$STATE/jobs.pid")" TERM 15
	rm -f "$STATE/jobs.pid"
}

start_jobs() {
	local PID SAID tick
	if jobs_run; then
		! $CHANGED && return 0
		stop_jobs
	fi
	launch jobs "$APP/sbin/tenantry-jobs"
	for ((tick = 0; tick < 200; tick++)); do
		kill -0 $PID 2>/dev/null || break
		! grep -q " pid=$PID .* start jobs" "$LOG/jobs.log" || return 0
		sleep 0.05
	done
	failed "tenantry-jobs did not start" "$LOG/jobs.log" "$SAID"
}

port_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Prints the first free port at or above $1.
free_port() {
	local port=$1
	while port_taken "$port"; do port=$((port + 1)); done
	echo "$port"
}

nginx_runs() {
	alive "$(pid_in "$RUN/nginx.pid")" "nginx -p $RUN "
}

# stop_stray_nginx LOG: the workers of a killed nginx keep the port and have no pid
# file. A process that has this log open belongs to this checkout.
stop_stray_nginx() {
	local folder
	for folder in /proc/[0-9]*; do
		alive "${folder#/proc/}" 'nginx: ' || continue
		# shellcheck disable=SC2010
		ls -l "$folder/fd" 2>/dev/null | grep -qF " $LOG/$1" || continue
		halt "${folder#/proc/}" TERM 3
	done
}

stop_nginx() {
	! nginx_runs || halt "$(pid_in "$RUN/nginx.pid")" QUIT 12
	stop_stray_nginx nginx-access.log
	rm -f "$RUN/nginx.pid"
}

# The module of the change feed. Without it, clients poll.
NCHAN=/usr/lib/nginx/modules/ngx_nchan_module.so

# Tests whether nginx can load the module, because a module for a different nginx fails.
# This nginx needs Debian's body folder, regardless of the configuration.
nchan_fits() {
	local try=$STATE/nginx-try kind
	[ -e $NCHAN ] || return 1
	mkdir -p "$try"
	{
		printf 'load_module %s;\npid %s;\nevents { }\n' $NCHAN "$try/pid"
		echo 'http { access_log off;'
		for kind in client_body fastcgi proxy uwsgi scgi; do
			echo "${kind}_temp_path $try/$kind;"
		done
		echo '}'
	} >"$try/nginx.conf"
	nginx -q -t -e stderr -c "$try/nginx.conf" 2>/dev/null
}

# Sets NGINX_CHANGED to true if the configuration differs from that of the running
# nginx. front.conf in STATE can serve another front end.
configure_nginx() {
	local file host=${BETTER_AUTH_URL:-} front=()
	host=${host#*://}
	[ ! -e "$STATE/front.conf" ] || front=("FRONT=$STATE/front.conf")
	mkdir -p "$STATE/nginx"
	sh "$APP/share/tenantry/nginx/fill" "$STATE/nginx" \
		"LISTEN=127.0.0.1:$1" "RUN=$RUN" "SHARE=$RUN/share" \
		"LOG=$RUN/log" "UPLOADS=$RUN/uploads" "MODULES=${NCHAN%/*}" \
		"NAMES=localhost 127.0.0.1 ${host%%[:/]*} ${TENANTRY_SERVER_NAMES:-}" \
		"PROXIES=${TENANTRY_TRUSTED_PROXIES:-}" "${front[@]}" ||
		die "nginx is not configured"
	NGINX_CHANGED=false
	for file in nginx.conf tenantry.conf server.conf front.conf feed.conf; do
		cmp -s "$STATE/nginx/$file" "$RUN/$file" || NGINX_CHANGED=true
		write "$RUN/$file" <"$STATE/nginx/$file"
	done
}

# Returns true if the nginx of this checkout serves the port, and false if another
# program does.
try_nginx() {
	if nginx_runs && [ "$(pid_in "$STATE/port")" = "$1" ]; then
		configure_nginx "$1"
		! $NGINX_CHANGED && ! $CHANGED ||
			kill -HUP "$(pid_in "$RUN/nginx.pid")"
		return 0
	fi
	nginx_runs || stop_stray_nginx nginx-access.log
	! port_taken "$1" || return 1
	stop_nginx
	configure_nginx "$1"
	open_log nginx-access.log
	open_log nginx-error.log
	"${AS[@]}" nginx -p "$RUN" -e "$RUN/log/nginx-error.log" \
		-c "$RUN/nginx.conf" </dev/null >"$LOG/nginx.log" 2>&1 9>&- &&
		return 0
	grep -q 'Address already in use' "$LOG/nginx.log" ||
		failed "nginx did not start" "$LOG/nginx.log"
	return 1
}

# start_nginx WANTED: starts nginx on that port or, if WANTED is empty, on the last port
# or the next free port. Sets PORT.
start_nginx() {
	PORT=${1:-$(cat "$STATE/port" 2>/dev/null || echo 8080)}
	until try_nginx "$PORT"; do
		[ -z "$1" ] || die "port $1 is taken by another program;" \
			"choose another, as in PORT=$(free_port $((PORT + 1)))" \
			"script/up"
		PORT=$(free_port $((PORT + 1)))
	done
	echo "$PORT" >"$STATE/port"
}

feed_runs() {
	alive "$(pid_in "$STATE/feed.pid")" "nginx/feed $RUN"
}

stop_feed() {
	! feed_runs || halt "$(pid_in "$STATE/feed.pid")" TERM 5
	stop_stray_nginx nginx-feed.log
	rm -f "$STATE/feed.pid"
}

# The CRM works without the feed, so the script does not wait for it.
start_feed() {
	local PID SAID
	if feed_runs; then
		! $CHANGED && ! $NGINX_CHANGED && nchan_fits && return 0
	fi
	stop_feed
	nchan_fits || return 0
	open_log nginx-feed.log
	launch feed sh "$APP/share/tenantry/nginx/feed" "$RUN"
}

# Waits until a request through nginx reaches the database. GENERATION identifies the
# workers that this run has started, or is empty.
wait_until_ready() {
	local tick
	for ((tick = 0; tick < 300; tick++)); do
		ask "$1/live" | grep -qF "$GENERATION" &&
			ask "$1/ready" >/dev/null && return 0
		sleep 0.2
	done
	failed "no answer within a minute" "$LOG/workers.log"
}
