# lib.sh - functions that the shell parts of these tests share
#
# 	sql_database NAME	creates a database with the whole schema and the
# 				harness; its owner is not a superuser
# 	load NAME FILE ...	loads test files into it
#
# BUILD is the folder where tenantry was built.
. "$here/../lib/server.sh"
need_build || exit 1
migrations=$SOURCES/migrations
tenantry=$BUILD/tenantry
export TENANTRY_SQL=$SOURCES

run_sql() { # arguments: the database, further arguments of psql
	local db=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$db" "$@"
}

schema() { # arguments: the database, arguments of tenantry schema
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
		probe | organization | promises)
			PGOPTIONS="-c tenantry.demo_password=hash" seed_demo "$db" || return 1
			;;
		esac
		run_sql "$db" -f "$here/$name.sql" || return 1
	done
}

ok() { echo "NOTICE:  ok - $1"; }
bad() { echo "NOTICE:  not ok - $1"; }

# Prints the catalog entries of Tenantry's schemas and the default privileges,
# except the secret in ops.new_id(), which always differs. The order of
# privileges has no meaning.
picture() { # database
	run_sql "$1" <<-'SQL' | sed 's/hashint8extended(ms, [0-9]*)/hashint8extended(ms, secret)/'
		CREATE FUNCTION pg_temp.sorted(acl aclitem[]) RETURNS text[] LANGUAGE sql AS
			'SELECT array_agg(a::text ORDER BY a::text) FROM unnest(acl) a';
		SELECT 'table', c.oid::regclass::text, c.relkind, pg_temp.sorted(c.relacl), c.reloptions, c.relrowsecurity,
			c.relforcerowsecurity FROM pg_class c WHERE c.relnamespace::regnamespace::text
			IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops', 'public') ORDER BY 2;
		SELECT 'column', attrelid::regclass::text, attname, atttypid::regtype, attnotnull, pg_temp.sorted(attacl),
			pg_get_expr(adbin, adrelid) FROM pg_attribute a LEFT JOIN pg_attrdef d
			ON adrelid = attrelid AND adnum = attnum JOIN pg_class c ON c.oid = attrelid
			WHERE c.relnamespace::regnamespace::text IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops', 'public')
			AND attnum > 0 AND NOT attisdropped ORDER BY 2, attnum;
		SELECT 'function', pg_get_functiondef(p.oid), pg_temp.sorted(p.proacl), p.proowner::regrole FROM pg_proc p
			WHERE p.pronamespace::regnamespace::text IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops') ORDER BY 2;
		SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
			FROM pg_constraint WHERE connamespace::regnamespace::text
			IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops') ORDER BY 2, 3;
		SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2;
		SELECT 'index', pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c
			ON c.oid = indrelid WHERE c.relnamespace::regnamespace::text
			IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops') ORDER BY 2;
		SELECT 'policy', schemaname, tablename, policyname, permissive, roles, cmd, qual,
			with_check FROM pg_policies ORDER BY 2, 3, 4;
		SELECT 'view', c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class c WHERE relkind = 'v'
			AND relnamespace::regnamespace::text IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops') ORDER BY 2;
		SELECT 'schema', nspname, pg_temp.sorted(nspacl) FROM pg_namespace
			WHERE nspname IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops', 'public') ORDER BY 2;
		SELECT 'default', defaclobjtype, pg_temp.sorted(defaclacl) FROM pg_default_acl;
		SELECT 'database', datacl FROM pg_database WHERE datname = current_database();
		SELECT 'sequence', oid::regclass::text, relacl FROM pg_class WHERE relkind = 'S' ORDER BY 2;
	SQL
}
