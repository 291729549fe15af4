# stack.bash - Postgres, Tenantry and two peers for a benchmark; sourced

. "$(dirname "${BASH_SOURCE[0]}")/../script/stack.bash"

BENCH=$SRC/bench
secret=bench-secret-not-for-production-use-0123456789
peers=()
export ORGS=${ORGS:-100} PER_ORG=${PER_ORG:-2000} BIG=${BIG:-0}

finish() {
	local process
	trap - EXIT
	for process in "${peers[@]}"; do halt "$process" TERM 5; done
	stop_nginx
	stop_jobs
	stop_workers
	stop_cluster
	rm -rf "$work" "$RUN"
}

# Uses the cluster of script/up with three databases: Tenantry's database and those of the two peers, which
# have the same rows. The second peer's database has the indexes of crm.contacts. Indexes that use Tenantry's
# functions are on the whole column instead.
start_databases() {
	local hash database
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
	say "seeding $ORGS organizations of $PER_ORG contacts"
	as_superuser -d tenantry -v orgs="$ORGS" -v per_org="$PER_ORG" -v big="$BIG" \
		-v pwhash="$hash" -f - <"$BENCH/seed.sql" >/dev/null
	[ -z "${NO_PEER:-}" ] || return 0
	sh "$BENCH/peer/db/seed.sh" crm "$ORGS" "$PER_ORG" 10 2>/dev/null
	as_superuser -d postgres -c 'CREATE DATABASE crm_same_work TEMPLATE crm'
	as_superuser -d crm_same_work -v indexes="$(as_superuser -d tenantry -c "
		SELECT regexp_replace(replace(replace(indexdef, 'crm.contacts', 'contacts'), ' COLLATE ops.human', ''),
			'crm\.\w+\(org_id, (\w+)\)', '\1 jsonb_path_ops') || ';'
		  FROM pg_indexes WHERE schemaname = 'crm'
		   AND tablename = 'contacts' AND indexname <> 'contacts_pkey'")" \
		-f - <"$BENCH/peer/db/same_work.sql"
	for database in crm crm_same_work; do # as in bench/seed.sql
		as_superuser -d $database -c 'VACUUM ANALYZE' \
			-c 'SET session_replication_role = replica' \
			-c "UPDATE contacts SET status = status WHERE id > 0.9 * $ORGS * $PER_ORG" \
			-c CHECKPOINT
	done
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
	# The peer's rate limiter is off, too, since it would respond with 429.
	export TENANTRY_RATE_LIMIT=off
	export UPLOAD_DIR
	write_environment
	start_workers
	echo 'export PGAPPNAME=tenantry-jobs' >>"$STATE/env" # measure.mjs finds its sessions by this name
	start_jobs
	wait_until_ready "$ours"
}

# start_peer DATABASE [NAME=VALUE]: starts a peer, and sets theirs to its
# address.
start_peer() {
	local port folder=$SRC/_build/peer
	mkdir -p "$folder"
	cp -rp "$BENCH/peer/." "$folder"
	(cd "$folder" && { [ node_modules/.package-lock.json -nt package-lock.json ] ||
		npm install --no-save --no-audit --no-fund; } \
		>"$LOG/npm.log" 2>&1) ||
		failed "npm install for the peer failed" "$LOG/npm.log"
	port=$(free_port 3100)
	theirs=http://127.0.0.1:$port
	env PORT="$port" BETTER_AUTH_SECRET=$secret NODE_ENV=production \
		DATABASE_URL="postgres://peer_app@localhost/$1?host=$RUN" ${2:-} \
		node "$folder/src/server.js" >"$LOG/$1.log" 2>&1 &
	peers+=($!)
	for _ in {1..100}; do
		curl -s -o /dev/null "$theirs/api/auth/ok" && return 0
		sleep 0.1
	done
	failed "the peer did not start" "$LOG/$1.log"
}

# load SIDE URL OPERATION SECONDS: sends requests, and prints what replay.lua reports.
load() {
	REQUESTS=$work/requests/$1-$3.txt ORIGIN=$2 \
		wrk -t2 -c16 -d"$4" -s "$BENCH/replay.lua" "$2" | tail -n 1
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
