#!/bin/bash
# again.sh - psql can run each migration again: without an error, and without an effect
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_again
sql_database $db || exit 1
use_database $db
PGOPTIONS="-c tenantry.demo_password=hash" seed_demo $db || bad "no rows"

# everything: prints the definitions, and a checksum of the rows of each table.
everything() {
	picture $db
	run_sql $db <<-'SQL'
		SET row_security = off;
		SELECT format('SELECT %L, count(*), sum(hashtextextended(t::text, 0)::numeric) FROM %s t', c.oid::regclass, c.oid::regclass)
		  FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text
			IN ('better_auth', 'crm', 'factory_app', 'identity', 'membership', 'ops') ORDER BY 1 \gexec
	SQL
}

before=$(everything)
[ "$(grep -c '|' <<<"$before")" -gt 1000 ] && ok "there is something to compare" || bad "nothing to compare"
n=0
for file in "$migrations"/[0-9]*.sql; do
	said=$(psql -Xq -v ON_ERROR_STOP=1 -d $db -f "$file" 2>&1) || bad "$(basename "$file") fails: $said"
	[ "$said" = "tenantry schema up runs this step, once" ] && n=$((n + 1)) || bad "$(basename "$file") says: $said"
done
[ $n = "$(ls "$migrations"/[0-9]*.sql | wc -l)" ] && ok "each step runs again" || bad "$n steps run again"
[ "$(everything)" = "$before" ] && ok "without an effect" || bad "a step has an effect: $(diff <(echo "$before") <(everything) | head -5)"
schema $db verify && ok "verify finds no difference" || bad "verify finds a difference"
# The line for psql is not part of a step: an installation whose steps had none is up to date.
without=$(scratch without)
cp -r "$here/../../migrations" "$here/../../schema" "$without"
sed -i 1d "$without"/migrations/[0-9]*.sql
schema $db up --dir "$without" | grep -q '^up to date' && ok "the line is in no checksum" || bad "the line changes a checksum"
rm -r "$without"
