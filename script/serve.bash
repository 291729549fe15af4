# serve.bash - the workers, the jobs and nginx; sourced by stack.bash

# Writes the settings of the programs as a shell file: the workers get only
# these, and an operator sources it for tenantry(1).
write_environment() {
	local name
	( umask 077; : >"$STATE/env.new" )
	for name in $(compgen -e | sort); do
		case $name in
		TENANTRY_DEMO_PASSWORD) ;;
		TENANTRY_* | BETTER_AUTH_* | DATABASE_URL | SIGNUP | PG* | \
		    GITHUB_URL | GITHUB_CLIENT_* | GOOGLE_CLIENT_* | \
		    UPLOAD_* | AWS_* | SMTP_* | [ALU]*SAN_OPTIONS)
			printf 'export %s=%q\n' "$name" "${!name}" ;;
		esac
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

stop_workers() {
	! workers_run || halt "$(pid_in "$STATE/workers.pid")" TERM 15
	rm -f "$STATE/workers.pid"
}

# launch NAME PROGRAM: starts it in the background, with only the settings as
# its environment; sets PID, and SAID to the previous length of its log.
launch() {
	open_log "$1.log"
	SAID=$(wc -l <"$LOG/$1.log")
	setsid env -i PATH="$PATH" LC_ALL="$LC_ALL" HOME="${HOME:-/}" \
	    bash -c '. "$0" && exec "$@"' "$STATE/env" \
	    "${AS[@]}" "$2" </dev/null >>"$LOG/$1.log" 2>&1 9>&- &
	PID=$!
	echo $PID >"$STATE/$1.pid"
}

start_workers() {
	local PID SAID tick
	if workers_run; then
		! $CHANGED && [ -S "$RUN/api.sock" ] && return 0
		stop_workers
	fi
	launch workers "$APP/sbin/tenantry-fcgi"
	for ((tick = 0; tick < 200; tick++)); do
		kill -0 $PID 2>/dev/null || break
		[ -S "$RUN/api.sock" ] && [ -S "$RUN/login.sock" ] &&
			[ -S "$RUN/slow.sock" ] && return 0
		sleep 0.05
	done
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

# The first free port at or above $1.
free_port() {
	local port=$1
	while port_taken "$port"; do port=$((port + 1)); done
	echo "$port"
}

nginx_runs() {
	alive "$(pid_in "$RUN/nginx.pid")" "nginx -p $RUN "
}

# Workers of a killed nginx keep the port and have no pid file: a process that
# has our log open is ours.
stray_nginx() {
	local folder
	for folder in /proc/[0-9]*; do
		alive "${folder#/proc/}" 'nginx: ' || continue
		# shellcheck disable=SC2010
		ls -l "$folder/fd" 2>/dev/null |
			grep -qF " $LOG/nginx-access.log" || continue
		echo "${folder#/proc/}"
	done
}

stop_stray_nginx() {
	local process
	for process in $(stray_nginx); do
		halt "$process" TERM 3
	done
}

stop_nginx() {
	! nginx_runs || halt "$(pid_in "$RUN/nginx.pid")" QUIT 12
	stop_stray_nginx
	rm -f "$RUN/nginx.pid"
}

# The module of the change feed; without it clients poll.
NCHAN=/usr/lib/nginx/modules/ngx_nchan_module.so

# Tests whether nginx can load the module: one built for another nginx fails,
# and this one needs Debian's body folder whatever the configuration says.
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

# Name servers of this machine; nginx uses them to resolve the host name of S3.
name_servers() {
	awk '$1 == "nameserver" && $2 !~ /%/ {
		printf "%s ", $2 ~ /:/ ? "[" $2 "]" : $2; n++ }
	    END { if (!n) print "127.0.0.1" }' /etc/resolv.conf 2>/dev/null ||
		echo 127.0.0.1
}

# Sets NGINX_CHANGED to true when the configuration differs from the running
# one.
configure_nginx() {
	local file host=${BETTER_AUTH_URL:-} feed=()
	! nchan_fits || feed=(-e "s|^#feed ||" -e "s|@MODULES@|${NCHAN%/*}|")
	host=${host#*://}
	NGINX_CHANGED=false
	for file in nginx.conf tenantry.conf; do
		sed -e "s|@LISTEN@|127.0.0.1:$1|g" \
		    -e "s|@NAMES@|localhost 127.0.0.1 ${host%%[:/]*} \
${TENANTRY_SERVER_NAMES:-}|g" -e "s|@RUN@|$RUN|g" \
		    -e "s|@SHARE@|$RUN/share|g" -e "s|@LOG@|$RUN/log|g" \
		    -e "s|@UPLOADS@|$RUN/uploads|g" \
		    -e "s|@RESOLVER@|$(name_servers)|g" "${feed[@]}" \
		    "$APP/share/tenantry/nginx/$file.in" >"$STATE/$file"
		cmp -s "$STATE/$file" "$RUN/$file" || NGINX_CHANGED=true
		write "$RUN/$file" <"$STATE/$file"
	done
}

# Returns true when our nginx serves the port, false when another program does.
try_nginx() {
	if nginx_runs && [ "$(pid_in "$STATE/port")" = "$1" ]; then
		configure_nginx "$1"
		! $NGINX_CHANGED && ! $CHANGED ||
			kill -HUP "$(pid_in "$RUN/nginx.pid")"
		return 0
	fi
	nginx_runs || stop_stray_nginx
	! port_taken "$1" || return 1
	stop_nginx
	configure_nginx "$1"
	rm -f "$RUN/feed.sock"	# left over by a killed nginx
	open_log nginx-access.log
	open_log nginx-error.log
	"${AS[@]}" nginx -p "$RUN" -e "$RUN/log/nginx-error.log" \
	    -c "$RUN/nginx.conf" </dev/null >"$LOG/nginx.log" 2>&1 9>&- &&
		return 0
	grep -q 'Address already in use' "$LOG/nginx.log" ||
		failed "nginx did not start" "$LOG/nginx.log"
	return 1
}

# start_nginx WANTED: starts nginx on that port; when it is empty, on the last
# port or the next free one.  Sets PORT.
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

# Waits until a request through nginx reaches the database.
wait_until_ready() {
	local tick
	for ((tick = 0; tick < 300; tick++)); do
		curl -fsS -o /dev/null --noproxy '*' --max-time 5 "$1/ready" \
		    2>/dev/null && return 0
		sleep 0.2
	done
	failed "no answer within a minute" "$LOG/workers.log"
}
