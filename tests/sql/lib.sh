# lib.sh - functions that the shell parts of these tests share
#
#	make_database NAME	creates an empty database with the whole schema;
#				its owner is no superuser
#	load NAME FILE ...	loads the harness and test files into it
#
# BUILD is the folder where tenantry was built.
migrations=$here/../../migrations
tenantry=${BUILD:-$here/../../_build}/tenantry
export TENANTRY_SQL=$here/../..

run_sql() {	# database, further arguments of psql
	local db=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$db" "$@"
}

schema() {	# database, arguments of tenantry schema
	local db=$1
	shift
	DATABASE_URL="postgresql:///$db?user=${OWNER:-tenantry_owner}" \
	    "$tenantry" schema "$@"
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
	schema "$1" up >/dev/null && run_sql "$1" -f "$here/harness.sql"
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
