# lib.sh - functions that the shell parts of these tests share
#
#	sql_database NAME	creates a database with the whole schema and the
#				harness; its owner is no superuser
#	load NAME FILE ...	loads test files into it
#
# BUILD is the folder where tenantry was built.
. "$here/../lib/server.sh"
need_build || exit 1
migrations=$SOURCES/migrations
tenantry=$BUILD/tenantry
export TENANTRY_SQL=$SOURCES

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

sql_database() {
	make_database "$1" && run_sql "$1" -f "$here/harness.sql"
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
