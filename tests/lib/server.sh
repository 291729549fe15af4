# server.sh - a complete Tenantry for test suites; sourced
#
# 	need_postgres "$0" "$@"	# call it first; restarts the suite with a Postgres
# 	start_stack [NAME]	# a database, the workers and nginx
# 	stop_stack		# ends them; false if they failed or logged a fault
#
# BUILD is the folder where Tenantry was built. If it is not set, Tenantry is built in _build in the sources.
# Settings (SIGNUP, TENANTRY_RATE_LIMIT, ...) are read from the environment. BETTER_AUTH_SECRET and PORT get
# values if they are not set. STACK_HOST=localhost is for browsers that require a name, STACK_WEB is a built
# front end, and STACK_FRONT is a different front.conf. STACK_LISTEN is a different listen address, and
# STACK_NAMES are more host names of nginx. STACK_JOBS=yes also starts tenantry-jobs. STACK_WAIT is the time
# for which nginx waits for a response. start_stack sets
#
# 	BASE		http://127.0.0.1:PORT
# 	STACK		folder of this stack: logs in log/, sockets, env
# DATABASE_URL of the owner, who is not a superuser
# 	WORKERS, NGINX, FEED, JOBS	process IDs, for signals
#
# With PGHOST, PGUSER and PGDATABASE, psql connects to the same database as a superuser. TEST_POOLER is the
# socket folder of a pooler through which DATABASE_URL connects.

. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"

PATH=$PATH:/usr/sbin:/sbin # the PATH of a Debian user lacks nginx
SOURCES=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

need_postgres() {
	[ -n "${TEST_PGDATA:-}" ] || exec "$SOURCES/tests/with-postgres" --schema "$@"
}

need_build() {
	[ -z "${BUILD:-}" ] || [ ! -x "$BUILD/tenantry-fcgi" ] || return 0
	BUILD=${BUILD:-$SOURCES/_build}
	[ -x "$SOURCES/configure" ] ||
		(cd "$SOURCES" && autoreconf -fi >/dev/null 2>&1) || return 1
	mkdir -p "$BUILD" && (cd "$BUILD" &&
		{ [ -e Makefile ] || "$SOURCES/configure" >/dev/null; } &&
		make -s -j"$(nproc)" >/dev/null)
}

# For suites that test the effects of a restart.
restart_postgres() {
	control_postgres restart
}

# control_postgres restart|stop|start
control_postgres() {
	local bin as=
	bin=${TEST_PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
	[ "$(id -u)" != 0 ] ||
		as='setpriv --reuid=postgres --regid=postgres --init-groups'
	# shellcheck disable=SC2086
	(cd / && setsid $as "$bin/pg_ctl" -D "$TEST_PGDATA" -m fast -w \
		-l "${TEST_PGDATA%/data}/server.log" "$1" \
		</dev/null >/dev/null 2>&1)
}

# Prints the next port on which nobody listens. Ports are used in turn, so that two suites do
# not get the same port at the same time.
free_port() {
	local lock port file=/tmp/tenantry-port.$UID
	exec {lock}>>"$file"
	flock "$lock"
	read -r port <"$file" || port=$RANDOM
	while port=$((20000 + (port + 1) % 10000)) &&
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		:
	done
	echo "$port" >"$file"
	exec {lock}>&-
	echo "$port"
}

# Creates the template of all databases on this server, unless it exists.
make_template() {
	[ "$(psql -XAtqd postgres -c "SELECT count(*) FROM pg_database
		WHERE datname = 'tenantry_template'")" = 1 ] || {
		migrate_database tenantry_unfinished &&
			psql -Xqd postgres -c "ALTER DATABASE tenantry_unfinished
				RENAME TO tenantry_template"
	}
}

# Creates a database with the whole schema. The first database of a server is migrated, and all others are
# copies of the first. Behind a pooler, each database is migrated, since the pooler keeps a connection to each
# database, which prevents copying it.
make_database() {
	local lock
	if [ -n "${TEST_POOLER:-}" ]; then
		migrate_database "$1"
		return
	fi
	exec {lock}>"${TEST_PGDATA%/data}/template.lock"
	flock "$lock"
	make_template || {
		exec {lock}>&- # the next call would wait for the lock
		return 1
	}
	exec {lock}>&-
	# A copy does not get the privileges that the template grants on itself. Copying files takes half as long as the
	# default strategy, which writes all pages to the log.
	psql -Xqd postgres -v ON_ERROR_STOP=1 <<-SQL || return 1
		CREATE DATABASE "$1" TEMPLATE tenantry_template STRATEGY file_copy
			OWNER ${TEST_DATABASE_OWNER:-tenantry_owner};
		UPDATE pg_database SET datacl = (SELECT datacl FROM pg_database
			WHERE datname = 'tenantry_template') WHERE datname = '$1';
	SQL
	use_database "$1"
}

# Drops the database of a test file that has ended, so that autovacuum does not visit the
# databases of a whole suite every minute.
drop_database() {
	[ -n "${TEST_POOLER:-}${KEEP_STACK:-}" ] ||
		psql -Xqd postgres -c "DROP DATABASE IF EXISTS \"$PGDATABASE\" WITH (FORCE)"
}

use_database() {
	export PGDATABASE=$1
	export DATABASE_URL="postgresql:///$1?host=${TEST_POOLER:-$PGHOST}&user=tenantry_owner"
}

# One role owns the databases of all stacks on a server, as at a hosting provider. The role may
# create databases and roles, but nothing else.
migrate_database() {
	local said
	psql -Xqd postgres -v ON_ERROR_STOP=1 <<-SQL
		SELECT 'CREATE ROLE tenantry_owner LOGIN CREATEROLE'
		 WHERE NOT EXISTS (SELECT FROM pg_roles
			WHERE rolname = 'tenantry_owner') \gexec
		CREATE DATABASE "$1" OWNER ${TEST_DATABASE_OWNER:-tenantry_owner};
		GRANT CREATE ON DATABASE "$1" TO tenantry_owner;
	SQL
	use_database "$1"
	said=$(TENANTRY_SQL=$SOURCES "$BUILD/tenantry" schema up 2>&1) || {
		echo "$said" >&2
		return 1
	}
}

NCHAN=/usr/lib/nginx/modules/ngx_nchan_module.so # the feed needs it

start_workers() {
	[ ! -e $NCHAN ] || export TENANTRY_FEED_SOCKET=$STACK/feed.sock
	export TENANTRY_SOCKET=$STACK/api.sock
	export TENANTRY_LOGIN_SOCKET=$STACK/login.sock
	export TENANTRY_SLOW_SOCKET=$STACK/slow.sock
	"$BUILD/tenantry-fcgi" </dev/null >>"$STACK/log/workers.log" 2>&1 &
	WORKERS=$!
}

start_jobs() {
	"$BUILD/tenantry-jobs" </dev/null >>"$STACK/log/jobs.log" 2>&1 &
	JOBS=$!
}

# The feed has a separate nginx, as in script/up.
start_feed() {
	local tick
	[ -e $NCHAN ] || return 0
	sh "$STACK/share/nginx/feed" "$STACK" "$NGINX_USER" \
		</dev/null >>"$STACK/log/feed.log" 2>&1 &
	FEED=$!
	for ((tick = 0; tick < 200; tick++)); do
		[ ! -S "$STACK/feed.sock" ] || return 0
		sleep 0.05
	done
	echo 'the nginx of the feed did not start' >&2
}

# start_host NAME: starts another host on the database of the stack, with this host name and in
# the NAME folder of the stack: workers, nginx and the nginx of the feed. The shell must have
# been started by "unshare --uts". Sets STACK, PORT and BASE to those of the host.
start_host() {
	hostname "$1" || return 1
	export STACK=$STACK/$1
	mkdir -p "$STACK/log"
	PORT=$(free_port)
	export PORT BASE=http://127.0.0.1:$PORT
	start_workers
	start_nginx
	start_feed
	wait_ready
}

# As root, nginx would run its workers as a different user, who could not open the sockets.
start_nginx() {
	NGINX_USER=
	[ "$(id -u)" != 0 ] || NGINX_USER='user root;'
	mkdir -p "$STACK/share" "$STACK/temp" "$STACK/share/www"
	cp -R "$SOURCES/nginx" "$STACK/share"
	sed -i "s|^\(fastcgi_read_timeout\) .*|\1 ${STACK_WAIT:-60s};|" \
		"$STACK/share/nginx/fastcgi.conf"
	cp "$SOURCES"/nginx/*.html "$SOURCES"/nginx/*.css "$SOURCES"/nginx/*.js \
		"$STACK/share/www"
	[ -z "${STACK_WEB:-}" ] || cp -R "$STACK_WEB"/. "$STACK/share/www"
	sh "$STACK/share/nginx/fill" "$STACK" "LISTEN=${STACK_LISTEN:-127.0.0.1}:$PORT" \
		"NAMES=localhost 127.0.0.1${STACK_NAMES:+ $STACK_NAMES}" "RUN=$STACK" "LOG=$STACK/log" \
		"SHARE=$STACK/share" "UPLOADS=$UPLOAD_DIR" RESOLVER=127.0.0.1 \
		"MODULES=${NCHAN%/*}" ${STACK_FRONT:+"FRONT=$STACK_FRONT"} \
		${STACK_PROXIES:+"PROXIES=$STACK_PROXIES"} || return 1
	nginx -p "$STACK" -e "$STACK/log/nginx-error.log" \
		-c "$STACK/nginx.conf" -g "daemon off; $NGINX_USER" \
		</dev/null >"$STACK/log/nginx.log" 2>&1 &
	NGINX=$!
}

wait_ready() {
	local tick
	for ((tick = 0; tick < 200; tick++)); do
		curl -fsS --noproxy '*' -o /dev/null "$BASE/ready" 2>/dev/null && return 0
		kill -0 $WORKERS 2>/dev/null && kill -0 $NGINX 2>/dev/null ||
			break
		sleep 0.05
	done
	echo "the stack did not start; its logs:" >&2
	tail -n 5 "$STACK"/log/*.log >&2
	return 1
}

start_stack() {
	need_build || return 1
	STACK=$(scratch stack)
	mkdir "$STACK/log"
	mkdir -m 750 "$STACK/uploads"
	PORT=${STACK_PORT:-$(free_port)}
	BASE=http://${STACK_HOST:-127.0.0.1}:$PORT
	export UPLOAD_DIR=$STACK/uploads TENANTRY_STATUS_DIR=$STACK/status
	export TENANTRY_MAIL_TEMPLATES=$SOURCES/share/mail
	export TENANTRY_BREACHED_PASSWORDS=${TENANTRY_BREACHED_PASSWORDS:-$SOURCES/share/passwords/list}
	export TENANTRY_QUEUE_MS=${TENANTRY_QUEUE_MS:-30000} # a busy machine is slow
	export STACK PORT BASE BETTER_AUTH_URL=${BETTER_AUTH_URL:-$BASE}
	export BETTER_AUTH_SECRET=${BETTER_AUTH_SECRET:-$(
		head -c 24 /dev/urandom | base64
	)}
	make_database "${1:-test}_$$_$PORT" || return 1
	start_workers
	[ -z "${STACK_JOBS:-}" ] || start_jobs
	start_nginx
	start_feed
	wait_ready || {
		stop_stack
		return 1
	}
}

# Prints what a sanitizer or a crashed worker has logged.
faults_logged() {
	grep -hsE 'Sanitizer|runtime error:|worker_died .*(status=|signal=(6|7|8|11))' \
		"$STACK"/log/{workers,jobs}.log >&2
}

# Prints secrets in the logs. Whatever a suite did, no log may contain the hash of a password, a
# signed token, or a token or key (32 or more characters of all kinds, since request IDs are
# hexadecimal).
secrets_logged() {
	local found
	found=$({
		grep -aoEh '[0-9a-f]{32}:[0-9a-f]{128}|\$2[aby]\$[0-9]{2}\$.{20}' "$STACK"/log/*.log
		grep -aoEh 'eyJ[A-Za-z0-9_-]{20,}|(Bearer|session_token[=:])[ %A-Za-z0-9]{8,}' "$STACK"/log/*.log
		grep -aoEh '\b[A-Za-z0-9_-]{32,}\b' "$STACK"/log/*.log |
			grep -E '[A-Z]' | grep -E '[a-z]' | grep -E '[0-9]'
	} | sort -u | head -5 || :)
	[ -n "$found" ] && sed 's/^/a secret in the logs: /' <<<"$found" >&2
}

stop_stack() {
	local status=0 pid
	for pid in ${JOBS:-} ${NGINX:-} ${FEED:-} ${WORKERS:-}; do
		kill -TERM "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || status=$?
	done
	[ $status = 0 ] || echo "the server ended with status $status" >&2
	! faults_logged || status=1
	! secrets_logged || status=1
	if [ -n "${KEEP_STACK:-}" ]; then
		echo "kept: $STACK" >&2
	else
		rm -rf "$STACK"
	fi
	unset WORKERS NGINX JOBS FEED
	return $status
}
