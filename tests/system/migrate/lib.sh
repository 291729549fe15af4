# lib.sh - helpers of the tests of tenantry migrate; sourced after commands.sh

# prepare_work NAME: creates $work with the programs, and the roles of an installation.
prepare_work() {
	work=$(scratch "migrate-$1")
	trap 'umount "$work/full" 2>/dev/null || :; rm -rf "$work"' EXIT
	mkdir "$work/bin" "$work/temp"
	ln -s "$(cd "$BUILD" && pwd)/tenantry" "$work/bin/tenantry"
	export PATH=$work/bin:$PATH TENANTRY_LIBEXEC=$SOURCES/libexec TMPDIR=$work/temp
	export PGOPTIONS='-c client_min_messages=warning' BACKUP_TO=$work/backups TENANTRY_STATUS_DIR=$work/status
	export BETTER_AUTH_SECRET=a-secret-of-32-characters-for-tests
	psql -Xq -c 'CREATE ROLE owner LOGIN CREATEROLE' -c 'CREATE ROLE keeper LOGIN BYPASSRLS CREATEDB CREATEROLE' \
		-c 'GRANT pg_read_all_data TO keeper'
	export SOURCE_DATABASE_URL="postgresql:///source?host=$PGHOST"
}

# target DATABASE: sets the installation that commands use from now on.
target() {
	export DATABASE_URL="postgresql:///$1?host=$PGHOST&user=owner"
	export BACKUP_DATABASE_URL="postgresql:///$1?host=$PGHOST&user=keeper"
}

# contents DATABASE: prints a checksum of each table, without logs, the state of migrations, and the times of the
# last changes of the configuration and of the organization, which a rollback changes.
contents() {
	psql -XAtqd "$1" <<-'SQL'
		SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended((%s)::text, 0)::numeric), 0) FROM %s t',
			c.oid::regclass, CASE WHEN c.oid::regclass::text IN ('crm.configuration', 'identity.organization') THEN $$to_jsonb(t) - 'updated_at'$$ ELSE 't' END,
			c.oid::regclass) FROM pg_class c WHERE c.relkind = 'r'
			AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema|migration_backup)'
			AND c.oid::regclass::text !~ '^(ops.(migration|backup|audit_|schema_|periodic|job_log)|ops.(maintenance|cache_epoch))'
			ORDER BY c.oid::regclass::text
		\gexec
	SQL
}

databases() {
	psql -XAtqc 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1' | paste -sd ' '
}

# copy FROM TO: replaces a database with a copy of another database.
copy() {
	psql -Xqc "DROP DATABASE IF EXISTS $2 WITH (FORCE)" -c "CREATE DATABASE $2 TEMPLATE $1 STRATEGY file_copy OWNER owner"
}

# checksum: prints the checksum of the written rows that the last command printed.
checksum() {
	sed -n 's/.*; checksum //p' "$work/out" | tail -n 1
}

# quietly COMMAND...: also redirects the message of the shell that the command was
# killed.
quietly() (
	exec >"$work/out" 2>&1 </dev/null
	"$@"
	exit
)

# killed COMMAND...: the command must be ended by SIGKILL.
killed() {
	local got=0
	quietly "$@" || got=$?
	[ $got = 137 ] && held || fail "was not killed (status $got): $*"
}

# Waits until the server has noticed that the client has ended. Until then, the session holds the lock.
settled() {
	until [ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'")" = 0 ]; do sleep 0.05; done
}

# compare_end WHAT DIRECTION EXPECTED: compares the checksum of a run, or the tables after a
# rollback.
compare_end() {
	if [ "$2" = forward ]; then same "$1" "$3" "$(checksum)"; else same "$1" "$3" "$(contents app)"; fi
}

# kill_everywhere DIRECTION TEMPLATE EXPECTED COMMAND...: kills the command at each of its points in turn, or at every
# $stride points, and then lets it continue. Sets $points. With KILLS=all, kills it at each point, and 20 times at
# random.
kill_everywhere() {
	local direction=$1 template=$2 expected=$3 got next=${stride:-1}
	shift 3
	[ "${KILLS:-}" != all ] || next=1
	for ((points = 1; ; points += next)); do
		copy "$template" app
		got=0
		TENANTRY_TEST_KILL_AT=$points quietly "$@" || got=$?
		settled
		[ $got = 137 ] || break
		want 0 '' "$@"
		compare_end "killed at point $points, $direction" "$direction" "$expected"
	done
	[ $got = 0 ] && held || fail "status $got without a kill, $direction"
}

# kill_at_random N TEMPLATE EXPECTED COMMAND...: kills the command N times after a random time.
kill_at_random() {
	local n=$1 template=$2 expected=$3 direction=forward i
	shift 3
	[ "${KILLS:-}" != all ] || n=20
	[[ $expected != *'|'* ]] || direction=back
	for ((i = 0; i < n; i++)); do
		copy "$template" app
		quietly timeout -s KILL "0.$(printf %03d $((RANDOM % 700 + 30)))" "$@" || :
		settled
		quietly "$@" || :
		# A command that was complete before the kill has nothing left to do.
		grep -q 'is done\|rolled back\|no migration\|go token' "$work/out" && held || fail "after a random kill, $direction"
		[ "$direction" = forward ] && continue_done || same "random kill, back" "$expected" "$(contents app)"
	done
}

# Completes the run after a random kill. Its checksum equals that of all other runs.
continue_done() {
	tenantry migrate "${journey:-sample}" verify >"$work/out" 2>&1 </dev/null || :
	[ "$(checksum)" = "$sum" ] && held || fail "random kill, forward"
}

# background: starts the command, and waits until it writes rows.
background() {
	"$@" >"$work/out" 2>&1 </dev/null &
	BACKGROUND=$!
	until [ "$(psql -XAtqd app -c "SELECT coalesce(sum(read), 0) > 0 FROM ops.migration_step")" = t ]; do sleep 0.02; done
}

# signal_soon SIGNAL COMMAND...: runs the command, and sends it the signal while it writes rows.
signal_soon() {
	local signal=$1
	shift
	psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100'
	background "$@"
	kill -"$signal" $BACKGROUND
	wait $BACKGROUND && fail "was not stopped" || held
	psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 0, batch_rows = 2000'
}

# end_connection_soon COMMAND...: ends the connection of the command, as if the server or the network failed.
end_connection_soon() {
	psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100'
	background "$@"
	psql -Xqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app' AND application_name = 'tenantry'" >/dev/null
	wait $BACKGROUND && fail "was not stopped" || held
	psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 0, batch_rows = 2000'
}

# token_of TIME: prints the go token of sample.token.good, signed again with a different time.
token_of() {
	local payload
	payload=$(cut -d. -f1 sample.token.good | tr '_-' '/+' | base64 -di 2>/dev/null | sed "s/\"at\":[0-9]*/\"at\":$1/")
	printf '%s.%s' "$(printf %s "$payload" | base64 -w0 | tr '/+' '_-' | tr -d =)" \
		"$(printf 'migration %s' "$payload" | openssl dgst -sha256 -hmac "$BETTER_AUTH_SECRET" -binary | base64 -w0 | tr '/+' '_-' | tr -d =)"
}

# first_changes: in a copy of the database, writes imported rows with their current values through the API, as the
# owner. Prints the resources of the written rows, and each refusal.
first_changes() (
	copy app changed
	psql -Xqd changed -c "INSERT INTO identity.session (id, token_hash, user_id, expires_at, active_organization_id) SELECT 'first', sha256('FirstChangeOfEachImportedRow1234'),
		m.user_id, now() + interval '1 hour', m.organization_id FROM identity.organization_member m
		JOIN identity.imported_organization i ON i.id = m.organization_id WHERE m.acts_as = 'owner'"
	make_database() {
		export PGDATABASE=changed DATABASE_URL="postgresql:///changed?host=$PGHOST&user=owner"
	}
	unset BETTER_AUTH_URL
	start_stack >"$work/stack.log" 2>&1 || {
		echo "the server did not start"
		exit
	}
	node "$SOURCES/tests/system/migrate/first_change.mjs" FirstChangeOfEachImportedRow1234 2>&1
	stop_stack >>"$work/stack.log" 2>&1 || echo "the server"
)

# signers: creates two operators, ann and bob, with the password "correct horse battery". sign_all creates them only for
# a moment, so that no comparison includes them.
signers() {
	psql -Xq1d app -c "SET app.importing = 'on'" -c "INSERT INTO identity.\"user\" (id, name, email, email_verified, role)
		SELECT n, n, n || '@sign.test', true, 'admin' FROM unnest('{ann,bob}'::text[]) n" -c "INSERT INTO identity.account (id, account_id,
		provider_id, user_id, password) SELECT n, n, 'credential', n, '\$2b\$04\$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS'
		FROM unnest('{ann,bob}'::text[]) n"
}

no_signers() {
	psql -Xq1d app -c "SET migration.id = '0'" -c "SET app.importing = 'on'" -c "DELETE FROM identity.\"user\" WHERE email LIKE '%@sign.test'" \
		-c "DELETE FROM identity.event WHERE user_id IN ('ann', 'bob')"
}

# signed NAME STAGE JOURNEY [OPTION...]: runs the command with the password of NAME.
signed() {
	printf 'correct horse battery\n' | tenantry migrate "$3" sign all "$2" "$1@sign.test" "${@:4}"
}

# sign_all JOURNEY [OPTION...]: one operator reviews the plan, and the other signs it.
sign_all() {
	signers
	want 0 "sign all signed ADDRESS" signed ann reviewed "$@"
	want 0 '' signed bob signed "$@"
	no_signers
}
