#!/bin/bash
# run.sh [BACKEND ...] - runs the same tests with different databases; only DATABASE_URL
# differs
#
#	hosted15, hosted17	a provider's Postgres: separate schemas, roles and
#				extensions, an owner who may not create roles
#	pooler			PgBouncer 1.24 in transaction mode, before 17
#	oldpooler		PgBouncer 1.18 likewise, before 15
#
# DATABASES=all runs all of tests/api on each database, instead of a part.
# DATABASES=little runs only database.test.mjs. DATABASES=own tests only the databases
# of this Debian release, for tests on all releases. BUILD is the folder of the
# programs. The suite jobs is not run, since it waits for notifications, which a pooler
# drops.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$(cd -P "$here/../.." && pwd)
. "$tests/lib/debian.sh"
. "$tests/lib/scratch.sh"

# The tests of functions that a different database could break. On each database: the
# CRM, identity, retries, and isolation from other organizations. On two of them: one
# round trip, files with their periodic tasks, and a server that restarts.
FEW=(tenancy/probe tenancy/api_keys atomic_crm/crm auth/recorded_core)
MORE=("${FEW[@]}" atomic_crm/contacts atomic_crm/files rest/retries
	rest/idempotency server/runtime server/trips)

as=()
[ "$(id -u)" != 0 ] ||
	as=(setpriv --reuid=postgres --regid=postgres --init-groups)

# postgres_of MAJOR: sets TEST_PGBIN, to the installed Postgres if there is one.
postgres_of() {
	TEST_PGBIN=/usr/lib/postgresql/$1/bin
	if [ ! -x "$TEST_PGBIN/initdb" ]; then
		debian_programs "$([ "$1" = 15 ] && echo bookworm || echo trixie)" \
			"postgresql-$1" || return
		TEST_PGBIN=$PROGRAMS/usr/lib/postgresql/$1/bin
	fi
	export TEST_PGBIN
}

# Prepares a database as a provider does. The provider remains its owner. The owner of
# Tenantry's schemas may only create schemas in it.
furnish() {
	psql -Xq -v ON_ERROR_STOP=1 -d template1 <<-'SQL'
		CREATE ROLE tenantry_owner LOGIN;
		CREATE ROLE provider_admin NOLOGIN;
		CREATE ROLE authenticator NOINHERIT LOGIN;
		CREATE ROLE anon NOLOGIN;
		CREATE ROLE tenantry_app NOLOGIN;
		CREATE ROLE tenantry_audit NOLOGIN;
		CREATE ROLE tenantry_mcp NOLOGIN;
		CREATE ROLE tenantry_mcp_writer NOLOGIN;
		CREATE ROLE tenantry_search NOLOGIN;
		GRANT tenantry_app, tenantry_audit, tenantry_mcp, tenantry_mcp_writer,
			tenantry_search TO tenantry_owner;
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
		ALTER SCHEMA public OWNER TO provider_admin;
		CREATE SCHEMA auth AUTHORIZATION provider_admin;
		CREATE SCHEMA storage AUTHORIZATION provider_admin;
		CREATE SCHEMA realtime AUTHORIZATION provider_admin;
		CREATE SCHEMA extensions AUTHORIZATION provider_admin;
		CREATE SCHEMA vault AUTHORIZATION provider_admin;
		CREATE SCHEMA graphql AUTHORIZATION provider_admin;
		CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
		CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
		GRANT USAGE ON SCHEMA extensions TO PUBLIC;
		CREATE EXTENSION pgcrypto SCHEMA extensions;
		ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon;
	SQL
	psql -Xq -v ON_ERROR_STOP=1 -d postgres \
		-c "ALTER ROLE tenantry_owner SET search_path = public, extensions"
}

# The pool is smaller than the number of workers, since no worker keeps a session for
# long.
start_pooler() {
	pooler=$(scratch pool)
	cat >"$pooler/pgbouncer.ini" <<-INI
		[databases]
		* = host=$PGHOST
		[pgbouncer]
		unix_socket_dir = $pooler
		listen_addr =
		listen_port = 5432
		auth_type = trust
		auth_file = $pooler/users
		pool_mode = transaction
		default_pool_size = 3
		server_login_retry = 1
		max_client_conn = 500
		logfile = $pooler/log
	INI
	printf '"%s" ""\n' tenantry_owner tenantry_app >"$pooler/users"
	[ "$(id -u)" != 0 ] || chown -R postgres: "$pooler"
	(cd / && exec "${as[@]}" "$1" -q "$pooler/pgbouncer.ini") &
	pooler_pid=$!
	trap 'kill $pooler_pid; rm -rf "$pooler"' EXIT
	export TEST_POOLER=$pooler
	until [ -S "$pooler/.s.PGSQL.5432" ]; do
		kill -0 $pooler_pid || return 1
		sleep 0.05
	done
}

# beside BACKEND [PGBOUNCER]: runs the tests inside with-postgres.
beside() {
	failed=0
	case $1 in
	hosted*)
		furnish
		export TEST_DATABASE_OWNER=provider_admin
		;;
	*pooler) start_pooler "$2" ;;
	esac
	[ "$1" != oldpooler ] || export OLD_POOLER=yes
	. "$tests/lib/suite.sh"
	run_suite "$1" "$here" database.test.mjs || failed=1
	case ${DATABASES:-$1} in
	all) "$tests/api/run.sh" ;;
	little) ;;
	hosted17 | pooler) "$tests/api/run.sh" "${MORE[@]/%/.test.mjs}" ;;
	*) "$tests/api/run.sh" "${FEW[@]/%/.test.mjs}" ;;
	esac || failed=1
	[ $failed = 0 ]
}

# backend NAME: tests the backend, and prints one line about it after its failures.
backend() {
	local start=$SECONDS bouncer='' word=ok status=0
	case $1 in
	hosted15) postgres_of 15 ;;
	hosted17) postgres_of 17 ;;
	oldpooler) postgres_of 15 && debian_programs bookworm pgbouncer ;;
	pooler) postgres_of 17 && debian_programs trixie pgbouncer ;;
	*)
		echo "no such backend: $1" >&2
		exit 2
		;;
	esac || status=$?
	case $status in
	0) ;;
	77)
		echo "SKIPPED: $1: this machine has no Debian archive"
		return
		;;
	*)
		echo "$1: its programs could not be unpacked"
		return 1
		;;
	esac
	[ -z "${PROGRAMS:-}" ] || bouncer=$PROGRAMS/usr/sbin/pgbouncer
	"$tests/with-postgres" "$here/run.sh" --beside "$1" "$bouncer" || word=FAILED
	[ "$1" != hosted17 ] || env -u TEST_PGBIN "AUDIT_INTO=$TEST_PGBIN" \
		"$tests/system/audit.sh" || word=FAILED
	echo "$1: $word, $("$TEST_PGBIN/postgres" -V), $((SECONDS - start)) s"
	[ $word = ok ]
}

if [ "${1:-}" = --beside ]; then
	beside "$2" "$3"
	exit
fi
[ $# != 0 ] || set -- hosted15 hosted17 pooler oldpooler
if [ "${DATABASES:-}" = own ]; then
	unset DATABASES
	case $(. /etc/os-release && echo "$VERSION_CODENAME") in
	bookworm) set -- hosted15 oldpooler ;;
	trixie) set -- hosted17 pooler ;;
	esac
fi
bad=0
for name; do
	backend "$name" || bad=$((bad + 1))
done
echo "databases: $(($# - bad)) databases as good as ours, $bad not"
[ $bad = 0 ]
