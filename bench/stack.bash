# stack.bash - Postgres, Tenantry and the peer for a benchmark; sourced

. "$(dirname "${BASH_SOURCE[0]}")/../script/stack.bash"

BENCH=$SRC/bench
secret=bench-secret-not-for-production-use-0123456789
export ORGS=${ORGS:-100} PER_ORG=${PER_ORG:-2000} BIG=${BIG:-0}

finish() {
	local process
	trap - EXIT
	for process in ${peer:-}; do halt "$process" TERM 5; done
	stop_nginx
	stop_workers
	stop_cluster
	rm -rf "$work" "$RUN"
}

# Uses the cluster of script/up with two databases: ours and the peer's.
start_databases() {
	local hash
	choose_postgres
	make_cluster
	for user in "$ME" "$(id -un)"; do
		printf 'tenantry "%s" peer_app\ntenantry "%s" postgres\n' \
		    "$user" "$user" >>"$STATE/pg/pg_ident.conf"
	done
	printf "shared_buffers = '1GB'\nmax_connections = 200\nmax_wal_size = '4GB'\ncheckpoint_timeout = '15min'\n" \
	    >>"$STATE/pg/postgresql.conf"
	start_cluster
	make_database
	DATABASE_URL=$(embedded_url tenantry) tenantry_here schema up >/dev/null
	let_workers_in
	hash=$(node -e 'const s = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
		process.stdout.write(s + ":" + require("crypto").scryptSync(
		"correct horse battery", s, 64, { N: 16384, r: 16, p: 1,
		maxmem: 2 ** 27 }).toString("hex"))')
	export PGHOST=$RUN PGPORT=5432 PGUSER=postgres
	say "seeding $ORGS organizations of $PER_ORG contacts, twice"
	as_superuser -d tenantry -v orgs="$ORGS" -v per_org="$PER_ORG" -v big="$BIG" \
	    -v pwhash="$hash" -f - <"$BENCH/seed.sql" >/dev/null
	[ -n "${NO_PEER:-}" ] ||
		sh "$BENCH/peer/db/seed.sh" crm "$ORGS" "$PER_ORG" 10 2>/dev/null
}

tenantry_here() {
	"${AS[@]}" env DATABASE_URL="$DATABASE_URL" \
	    TENANTRY_SQL="$APP/share/tenantry" \
	    "$APP/bin/tenantry" "$@"
}

start_ours() {
	start_nginx ''
	ours=http://127.0.0.1:$PORT
	export BETTER_AUTH_SECRET=$secret BETTER_AUTH_URL=$ours
	export DATABASE_URL TENANTRY_APP_URL
	DATABASE_URL=$(embedded_url tenantry)
	TENANTRY_APP_URL=$(embedded_url tenantry_app)
	export TENANTRY_SOCKET=$RUN/api.sock TENANTRY_LOGIN_SOCKET=$RUN/login.sock
	export TENANTRY_BREACHED_PASSWORDS=$APP/share/tenantry/passwords/list
	export TENANTRY_SLOW_SOCKET=$RUN/slow.sock
	# The peer's rate limiter is off, too: it would answer 429.
	export TENANTRY_RATE_LIMIT=off
	write_environment
	start_workers
	wait_until_ready "$ours"
}

start_peer() {
	local port
	[ -d "$work/peer" ] || cp -r "$BENCH/peer" "$work/peer"
	( cd "$work/peer" && npm install --no-audit --no-fund \
	    --no-package-lock >npm.log 2>&1 ) ||
		failed "npm install for the peer failed" "$work/peer/npm.log"
	port=$(free_port 3100)
	theirs=http://127.0.0.1:$port
	( cd "$work/peer" && PORT=$port BETTER_AUTH_SECRET=$secret \
	    NODE_ENV=production DATABASE_URL="postgres://peer_app@localhost/crm?host=$RUN" \
	    exec node src/server.js ) >"$LOG/peer.log" 2>&1 &
	peer=$!
	for _ in {1..100}; do
		curl -s -o /dev/null "$theirs/api/auth/ok" && return 0
		sleep 0.1
	done
	failed "the peer did not start" "$LOG/peer.log"
}

# load SIDE URL OPERATION SECONDS
load() {
	REQUESTS=$work/requests/$1-$3.txt ORIGIN=$2 \
	    wrk -t2 -c16 -d"$4" -s "$BENCH/replay.lua" "$2" | tail -n 1
}

# Dead rows of the writes would slow the next round.
tidy() {
	as_superuser -d tenantry -c 'TRUNCATE ops.audit_log' 2>/dev/null ||
		as_superuser -d tenantry -c "ALTER TABLE ops.audit_log DISABLE TRIGGER append_only" \
		    -c 'TRUNCATE ops.audit_log' \
		    -c "ALTER TABLE ops.audit_log ENABLE TRIGGER append_only"
	as_superuser -d tenantry -c 'SET session_replication_role = replica' \
	    -c "DELETE FROM crm.contacts WHERE id > $PER_ORG" \
	    -c "DELETE FROM identity.session WHERE created_at > now() - interval '1 hour' AND expires_at < now() + interval '8 days'" \
	    -c 'VACUUM ANALYZE'
	[ -n "${NO_PEER:-}" ] ||
	as_superuser -d crm -c "DELETE FROM contacts WHERE id > $((ORGS * PER_ORG))" \
	    -c "DELETE FROM auth_sessions WHERE expires_at < now() + interval '8 days'" \
	    -c 'VACUUM ANALYZE'
}

# begin_bench: checks programs, creates folders and sets a trap that removes
# them.
begin_bench() {
	work=$(mktemp -d /tmp/tenantry-bench.XXXXXX)
	chmod 755 "$work"
	packages "${RUN_PACKAGES[@]}" postgresql wrk curl
	command -v npm >/dev/null || packages nodejs npm
	make_folders "$work/state"
	trap finish EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	build "$SRC/_build"
	install_programs
}
