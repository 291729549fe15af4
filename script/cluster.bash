# cluster.bash - the embedded Postgres; sourced by stack.bash
#
# It listens only on a socket in RUN and does not require a password: the file
# permissions of RUN decide who can connect, and pg_ident.conf maps system users to
# roles.

choose_postgres() {
	local version
	PGBIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
	[ -x "$PGBIN/initdb" ] || die "there is no Postgres server;" \
		"run apt-get install postgresql"
	[ -s "$STATE/pg/PG_VERSION" ] || {
		version=${PGBIN#/usr/lib/postgresql/}
		[ "${version%/bin}" -ge 15 ] || die "Postgres ${version%/bin}" \
			"is too old; install postgresql-15 or newer, or set" \
			"DATABASE_URL"
		return 0
	}
	version=$(cat "$STATE/pg/PG_VERSION")
	PGBIN=/usr/lib/postgresql/$version/bin
	[ -x "$PGBIN/postgres" ] || die "the database in $STATE/pg is of" \
		"Postgres $version; run apt-get install postgresql-$version, or" \
		"bring it to the new one with pg_dump or pg_upgrade"
}

# The cluster is created in a different folder and renamed, so that an
# interrupted initdb leaves no cluster.
make_cluster() {
	local new=$STATE/pg.new user
	[ ! -s "$STATE/pg/PG_VERSION" ] || return 0
	say "creating a Postgres cluster in $STATE/pg"
	rm -rf "$new" "$STATE/seeded"
	mkdir -m 700 "$new"
	[ "$(id -u)" != 0 ] || chown "$ME:" "$new"
	"${AS[@]}" "$PGBIN/initdb" -D "$new" -U postgres -E UTF8 \
		--locale=C.UTF-8 --auth=peer -k >"$LOG/initdb.log" 2>&1 ||
		failed "initdb failed" "$LOG/initdb.log"
	write "$new/pg_hba.conf" <<<'local all all peer map=tenantry'
	for user in "$ME" $([ "$(id -un)" = "$ME" ] || id -un); do
		printf 'tenantry "%s" %s\n' "$user" postgres \
			"$user" tenantry "$user" tenantry_app
	done | write "$new/pg_ident.conf"
	mv "$new" "$STATE/pg"
}

cluster_runs() {
	alive "$(head -n 1 "$STATE/pg/postmaster.pid" 2>/dev/null || :)" \
		"$PGBIN/postgres -D $STATE/pg"
}

# System updates replace the files of a running server. New sessions of the
# server then fail.
cluster_outdated() {
	local program
	program=$("${AS[@]}" readlink "/proc/$(head -n 1 "$STATE/pg/postmaster.pid")/exe") || return 1
	[ "$program" = "$PGBIN/postgres (deleted)" ]
}

# After a crash, shared memory and a lock file can remain for some seconds.
start_cluster() {
	local try
	if cluster_runs; then
		if cluster_outdated; then
			say "restarting Postgres, whose files an upgrade has replaced"
		elif "${AS[@]}" "$PGBIN/pg_isready" -q -h "$RUN" -p 5432 -t 60; then
			return 0
		fi # otherwise, its socket was deleted
		stop_cluster
	fi
	open_log postgres.log
	for try in 1 2 3 4 5 6; do
		setsid "${AS[@]}" "$PGBIN/pg_ctl" -D "$STATE/pg" -w -t 300 \
			-l "$LOG/postgres.log" -o "-k $RUN -p 5432 \
		    -c listen_addresses= -c unix_socket_permissions=0700" start \
			</dev/null >"$LOG/pg_ctl.log" 2>&1 9>&- && return 0
		tail -n 3 "$LOG/postgres.log" |
			grep -qE 'shared memory block|lock file' || break
		[ "$try" = 6 ] || sleep 2
	done
	failed "Postgres did not start" "$LOG/postgres.log"
}

stop_cluster() {
	cluster_runs || return 0
	"${AS[@]}" "$PGBIN/pg_ctl" -D "$STATE/pg" -m fast -w -t 120 stop \
		>"$LOG/pg_ctl.log" 2>&1 ||
		failed "Postgres did not stop" "$LOG/pg_ctl.log"
}

as_superuser() {
	"${AS[@]}" "$PGBIN/psql" -XAtq -v ON_ERROR_STOP=1 -h "$RUN" -p 5432 \
		-U postgres "$@"
}

# Creates the database. The owner of the schema is not a superuser, but may
# create roles.
make_database() {
	[ -n "$(as_superuser -d postgres \
		-c "SELECT 1 FROM pg_roles WHERE rolname = 'tenantry'")" ] ||
		as_superuser -d postgres \
			-c 'CREATE ROLE tenantry LOGIN CREATEROLE'
	[ -n "$(as_superuser -d postgres \
		-c "SELECT 1 FROM pg_database WHERE datname = 'tenantry'")" ] ||
		as_superuser -d postgres \
			-c 'CREATE DATABASE tenantry OWNER tenantry'
}

# The workers log in as the role with the fewest privileges.
let_workers_in() {
	as_superuser -d postgres -c 'ALTER ROLE tenantry_app LOGIN'
}

embedded_url() {
	echo "postgresql:///tenantry?host=$RUN&port=5432&user=$1"
}
