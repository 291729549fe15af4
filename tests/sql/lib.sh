# lib.sh - what the shell parts of these tests share
#
#	make_database NAME	an empty one with all migrations, by an owner
#				who is no superuser
#	load NAME FILE ...	the harness and test files into it
migrations=$here/../../migrations

run_sql() {	# database, further arguments of psql
	local db=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$db" "$@"
}

migrate_up() {
	local f
	for f in "$migrations"/[0-9]*.up.sql; do
		PGUSER=tenantry_owner run_sql "$1" -1 -f "$f" >/dev/null || return 1
	done
}

migrate_down() {
	local f
	for f in $(ls -r "$migrations"/[0-9]*.down.sql); do
		PGUSER=tenantry_owner run_sql "$1" -1 -f "$f" >/dev/null || return 1
	done
}

seed_demo() {
	PGUSER=tenantry_owner run_sql "$1" -1 -f "$migrations/seed/demo.sql" \
	    -c "RESET ALL" >/dev/null
}

make_database() {
	run_sql postgres <<-SQL || return 1
		SELECT 'CREATE ROLE tenantry_owner LOGIN CREATEROLE'
		 WHERE NOT EXISTS (SELECT FROM pg_roles
			WHERE rolname = 'tenantry_owner') \gexec
		DROP DATABASE IF EXISTS $1;
		CREATE DATABASE $1 OWNER tenantry_owner;
	SQL
	migrate_up "$1" && run_sql "$1" -f "$here/harness.sql"
}

load() {
	local db=$1 name
	shift
	for name; do
		case $name in
		probe | organization)
			PGOPTIONS="-c tenantry.demo_password=hash" seed_demo "$db" || return 1 ;;
		esac
		run_sql "$db" -f "$here/$name.sql" || return 1
	done
}
