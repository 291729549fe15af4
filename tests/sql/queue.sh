#!/bin/bash
# queue.sh - the queue of the membership module with 100,000 entries: positions, 16 concurrent callers, plans
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_queue
sql_database $db || exit 1
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('ada');
UPDATE identity.organization SET modules = '{membership}';
SELECT set_config('app.org_id', id::text, false), set_config('app.grants', '*', false) FROM identity.organization;
SET session_replication_role = replica;
INSERT INTO membership.user_profiles (id) SELECT n FROM generate_series(1, 101000) n;
SET session_replication_role = origin;
-- Adds entries in order of arrival, with all priorities. One statement numbers the entries itself, as an archive does.
INSERT INTO membership.membership_queue (id, member_id, priority, place)
SELECT n, n, (n * 7919) % 10, n FROM generate_series(1, 100000) n;
VACUUM ANALYZE membership.membership_queue, membership.queue_counts, membership.user_profiles;

-- Contains the positions, computed by sorting all waiting entries.
CREATE VIEW test.oracle AS
SELECT q.id, q.priority, q.place, row_number() OVER (ORDER BY q.priority DESC, q.place) AS "position"
  FROM membership.membership_queue q WHERE q.status = 'waiting';

-- Return the number of wrong positions in a sample, and the number of counters that differ from the entries.
CREATE FUNCTION test.wrong_positions(every integer) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM test.oracle o WHERE o."position" % every = 1
	   AND membership.position_of((SELECT id FROM identity.organization), o.priority, o.place) <> o."position"
$$;
CREATE FUNCTION test.wrong_counts() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (SELECT q.priority, n AS level, q.place >> (6 * n) AS bucket, count(*) AS waiting
			FROM membership.membership_queue q, generate_series(1, 6) n WHERE q.status = 'waiting' GROUP BY 1, 2, 3) o
	  FULL JOIN (SELECT * FROM membership.queue_counts WHERE waiting <> 0) c USING (priority, level, bucket)
	 WHERE o.waiting IS DISTINCT FROM c.waiting
$$;

-- Returns the number of rows that a statement reads from tables.
CREATE FUNCTION test.rows_read(plan jsonb) RETURNS numeric LANGUAGE sql AS $$
	SELECT coalesce(sum(((n->>'Actual Rows')::numeric + coalesce((n->>'Rows Removed by Filter')::numeric, 0)
		+ coalesce((n->>'Rows Removed by Index Recheck')::numeric, 0)) * (n->>'Actual Loops')::numeric), 0)
	  FROM jsonb_path_query(plan, 'strict $.** ? (exists(@."Relation Name"))') n
$$;
CREATE FUNCTION test.explained(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || statement INTO plan;
	RETURN plan;
END $$;
SQL

check() { # arguments: the query, the expected result, the name of the check
	run_sql $db -c "SELECT test.is(($1)::text, '$2', '$3')" >/dev/null
}
start="SELECT set_config('app.org_id', id::text, false), set_config('app.grants', '*', false), set_config('app.role', 'owner', false),
	set_config('app.modules', '{membership}', false), set_config('app.user_id', 'ada', false) FROM identity.organization;"

check "SELECT test.wrong_counts()" 0 "counters of 100,000 entries"
check "SELECT test.wrong_positions(97)" 0 "positions as by sorting them"

# Runs the text of the function, with its settings, for the most expensive position: the end of the lowest
# priority.
run_sql $db >/dev/null <<SQL
$start
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT o.place, o.priority, (SELECT id FROM identity.organization) AS org FROM test.oracle o ORDER BY o."position" DESC LIMIT 1 \gset
SELECT regexp_replace(regexp_replace(regexp_replace(p.prosrc, '\morg\M', quote_literal(:'org') || '::uuid', 'g'),
	'\mown\M', :'priority' || '::smallint', 'g'), '\mat\M', :'place' || '::bigint', 'g') AS statement
  FROM pg_proc p WHERE p.oid = 'membership.position_of'::regproc \gset
SELECT test.explained(:'statement') AS plan \gset
SELECT test.ok(test.rows_read(:'plan') BETWEEN 1 AND 6 * 63 + 10, 'a position reads ' || test.rows_read(:'plan') || ' rows');
SELECT test.ok(:'plan' !~ 'Seq Scan', 'by indexes');
SELECT test.explained(format('SELECT id FROM membership.membership_queue WHERE org_id = %L AND status = ''waiting'' '
	'ORDER BY priority DESC, place LIMIT 1 FOR UPDATE SKIP LOCKED', :'org')) AS plan \gset
SELECT test.ok(test.rows_read(:'plan') = 1, format('a call reads %s rows', test.rows_read(:'plan')));
SQL

# 16 callers until the queue is empty, while members leave and join.
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
for n in $(seq 16); do
	(
		printf '%s\nSET ROLE tenantry_app;\n' "$start"
		for turn in $(seq 700); do
			echo "SELECT e->>'id' FROM json_array_elements(membership.claim_entries($((RANDOM % 31 + 1)))::json) e;"
			[ $((turn % 20)) != 0 ] || [ "$n" -gt 4 ] || echo "UPDATE membership.membership_queue SET status = 'cancelled'
				WHERE id = $((RANDOM % 100000 + 1)) AND status = 'waiting' RETURNING '-' || id;"
			[ $((turn % 20)) != 10 ] || [ "$n" -gt 4 ] || echo "INSERT INTO membership.membership_queue (member_id, priority)
				VALUES (100000 + $n * 100 + $turn / 20, $((RANDOM % 10))) RETURNING '+' || id;"
		done
	) | run_sql $db >"$log/$n" 2>"$log/$n.error" &
done
sleep 4
check "SELECT test.wrong_positions(211)" 0 "positions in the middle of it"
check "SELECT test.wrong_counts()" 0 "and counters"
wait
cat "$log"/*.error | sort | uniq -c | head -5 >&2
check "SELECT count(*) FROM membership.membership_queue WHERE status = \$\$waiting\$\$" 0 "nobody waits"
called=$(grep -hE '^[0-9]+$' "$log"/[0-9]* | wc -l) once=$(grep -hE '^[0-9]+$' "$log"/[0-9]* | sort -u | wc -l)
gone=$(grep -h '^-' "$log"/[0-9]* | wc -l) joined=$(grep -h '^+' "$log"/[0-9]* | wc -l)
check "SELECT $called - $once" 0 "each was called once"
check "SELECT $once + $gone - $joined" 100000 "who did not leave was called: $once, $gone left, $joined joined"
check "SELECT count(*) FROM membership.membership_queue WHERE (status = \$\$called\$\$) <> (called_at IS NOT NULL)" 0 "and has the time of the call"
check "SELECT test.wrong_counts()" 0 "the counters are zero"
