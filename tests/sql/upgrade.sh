#!/bin/bash
# upgrade.sh - an installation of each earlier version, with rows, and a restored dump become equal to a new
# installation
#
# installations/NNN.sql.gz is the pg_dump of the last version with NNN migrations, with the rows of bench/seed.sql and
# migrations/seed/demo.sql of that version. 046 has the rows of all demos, members and payments instead. 123
# has only those of demo.sql, with relations. The definitions in these dumps are older than the current definitions, unlike
# those of a database that goes down and up.
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

count_rows() { # database
	local table
	for table in companies contacts deals contact_notes deal_notes tasks tags sales; do
		run_sql "$1" -c "SELECT '$table ' || count(*) FROM crm.$table"
	done
}

like() { # argument: a database; a dump contains no privileges on the database itself
	picture "$1" | grep -v '^database'
}

# Prints derived data that differs from its rows, and contacts that a search does not find by name.
derived() { # database
	run_sql "$1" <<-'SQL'
		SELECT 'not indexed: ' || count(*) FROM crm.search_documents WHERE NOT indexed HAVING count(*) > 0;
		SELECT * FROM ops.wrong_totals();
		SELECT * FROM crm.wrong_documents();
		CREATE FUNCTION pg_temp.lost() RETURNS SETOF text LANGUAGE plpgsql AS $$
		DECLARE
			c record;
		BEGIN
			FOR c IN SELECT x.org_id, x.id, btrim(concat_ws(' ', x.first_name, x.last_name)) AS name
			    FROM crm.contacts x LOOP
				PERFORM set_config('app.org_id', c.org_id::text, false);
				IF c.id NOT IN (SELECT f.id FROM crm.find_documents(c.name, '{contacts}', 1000) f) THEN
					RETURN NEXT format('contact "%s" is not found', c.name);
				END IF;
			END LOOP;
		END $$;
		SELECT pg_temp.lost();
	SQL
}

sql_database sql_new || exit 1
run_sql sql_new -c "DROP SCHEMA test CASCADE" 2>/dev/null
new=$(like sql_new)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
pg_dump -d sql_new | gzip >"$scratch/restored.sql.gz" || exit 1
for dump in "$here"/installations/*.sql.gz "$scratch"/*.sql.gz; do
	version=$(basename "$dump" .sql.gz) db=sql_upgrade_${version}
	run_sql postgres -c "CREATE DATABASE $db OWNER tenantry_owner" || exit 1
	zcat "$dump" | run_sql "$db" -f - >/dev/null || exit 1
	rows=$(count_rows "$db")
	if said=$(schema "$db" up 2>&1); then
		ok "$version goes up"
	else
		bad "$version does not go up: ${said##*$'\n'}"
		continue
	fi
	[ "$rows" = "$(count_rows "$db")" ] && ok "$version keeps its rows" ||
		{
			bad "$version has other rows"
			diff <(echo "$rows") <(count_rows "$db")
		}
	[ "$new" = "$(like "$db")" ] && ok "$version is like a new installation" ||
		{
			bad "$version differs from a new installation"
			diff <(echo "$new") <(like "$db") | head -20
		}
	schema "$db" verify && ok "$version: verify finds no difference" ||
		bad "$version: verify finds a difference"
	# The rows of 003 were written without triggers.
	[ "$version" != 003 ] || run_sql "$db" \
		-c "SELECT crm.write_documents(tgrelid) FROM pg_trigger WHERE tgname = 'document'" >/dev/null
	# tenantry-jobs had not indexed the newest rows of 123.
	[ "$version" != 123 ] || run_sql "$db" -c "SELECT crm.index_documents(1000)" >/dev/null
	found=$(derived "$db" 2>&1) && [ -z "$found" ] && ok "$version has its totals and is searched" ||
		bad "$version has other derived data: $(head -3 <<<"$found")"
	# After many steps, older definitions are no longer compatible.
	[ "$version" != 003 ] || continue
	case $version in [0-9]*) before=$((10#$version)) ;; *) before= ;; esac
	# shellcheck disable=SC2086 # no argument without a number
	if said=$(schema "$db" down $before 2>&1 && schema "$db" up 2>&1); then
		ok "$version goes down and up again"
	else
		bad "$version does not go down and up again: ${said##*$'\n'}"
	fi
	[ "$new" = "$(like "$db")" ] && ok "$version is then like a new installation" ||
		{
			bad "$version differs after that from a new installation"
			diff <(echo "$new") <(like "$db") | head -20
		}
done
