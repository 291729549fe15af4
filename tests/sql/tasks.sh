#!/bin/bash
# tasks.sh - periodic tasks of tenantry-jobs do not become slower with thousands of organizations: no loop reads all
# organizations
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_tasks n=3000
work=$(scratch tasks)
trap 'rm -rf "$work"' EXIT
sql_database $db || exit 1
use_database $db

# Creates organizations as they are a day after their creation: each has a member, a contact, a feed channel, and a turn
# for each task. Triggers would take half a minute.
run_sql $db >/dev/null <<SQL || exit 1
SET ROLE tenantry_app;
SELECT test.sign_up('one');
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO identity.organization (name, slug) SELECT 'o' || i, 'o' || i FROM generate_series(1, $n) i;
SELECT count(set_config('app.org_id', o.id::text, false)) FROM identity.organization o;
INSERT INTO crm.configuration (org_id) SELECT id FROM identity.organization ON CONFLICT DO NOTHING;
INSERT INTO crm.contacts (org_id, last_name) SELECT id, name FROM identity.organization;
INSERT INTO ops.feed_channel (org_id) SELECT id FROM identity.organization ON CONFLICT DO NOTHING;
INSERT INTO ops.duplicate_scan (org_id, resource, due_at)
SELECT o.id, r, now() + interval '12 hours' FROM identity.organization o, unnest('{contacts,companies}'::text[]) r
ON CONFLICT (org_id, resource) DO UPDATE SET due_at = excluded.due_at;
INSERT INTO ops.organization_turn (org_id, task, due_at, done_at)
SELECT o.id, t.name, now() + t.every / 2, now() FROM identity.organization o, ops.organization_task t WHERE t.module IS NULL
ON CONFLICT ON CONSTRAINT organization_turn_pkey DO UPDATE SET due_at = excluded.due_at;
VACUUM ANALYZE;
SQL

run_jobs() {
	env UPLOAD_DIR="$work" TENANTRY_MAIL_TEMPLATES="$SOURCES/share/mail" BETTER_AUTH_SECRET=0123456789abcdefghijklmnopqrstuvw \
		BETTER_AUTH_URL=http://127.0.0.1 SMTP_URL= timeout -k 5 100 "$BUILD/tenantry-jobs" --once >>"$work/jobs.log" 2>&1
}

# Contains the tables of which more rows were read since the statistics were reset than half the number of
# organizations, and functions that were called as often. Small tables that are not about organizations have fewer rows.
run_sql $db <<SQL >/dev/null
CREATE VIEW test.large AS
SELECT format('%s: %s rows', s.relid::regclass, s.n) AS what FROM (
	SELECT relid, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
	UNION ALL SELECT relid, idx_tup_read FROM pg_stat_user_indexes) s (relid, n)
 WHERE s.n > $n / 2 AND s.relid IN (SELECT a.attrelid FROM pg_attribute a WHERE a.attname IN ('org_id', 'organization_id')
	UNION SELECT 'identity.organization'::regclass)
UNION ALL
SELECT format('%s: %s calls', funcid::regprocedure, calls) FROM pg_stat_user_functions WHERE funcname = 'set_org' AND calls > $n / 2;
ALTER DATABASE $db SET track_functions = 'all';
SQL

run_jobs && ok 'tenantry-jobs ends' || bad "tenantry-jobs: $(tail -n 5 "$work/jobs.log")"
ran=$(run_sql $db -c 'SELECT count(*) FROM ops.periodic_task WHERE NOT failed')
[ "$ran" -ge 24 ] && ok "$ran periodic tasks have run" || bad "only $ran periodic tasks have run"
run_sql $db -c 'DELETE FROM ops.periodic_task' -c 'SELECT pg_stat_reset()' >/dev/null
run_jobs || bad 'tenantry-jobs ends again'
again=$(run_sql $db -c 'SELECT count(*) FROM ops.periodic_task WHERE NOT failed')
[ "$again" = "$ran" ] && ok 'all of them again' || bad "$again of $ran tasks ran again"
large=$(run_sql $db -c 'SELECT what FROM test.large')
[ -z "$large" ] && ok 'a round in which nothing is due reads few organizations' || bad "a round reads all organizations: $large"

# Does the work that the feed and the monitoring do in each of their runs.
run_sql $db -c 'SELECT pg_stat_reset()' >/dev/null
run_sql $db -c "SET ROLE tenantry_app; SELECT ops.hold_feed('x'), ops.number_changes(1000)" -c 'SELECT count(*) FROM ops.lost_readers()' \
	-c 'SELECT count(*) FROM ops.next_messages(500)' -c 'SELECT length(ops.metrics_text())' >/dev/null || bad 'the feed'
large=$(run_sql $db -c 'SELECT what FROM test.large')
[ -z "$large" ] && ok 'a round of the feed and the metrics read few organizations' || bad "a round of the feed: $large"

# Work is due in all organizations at the same time. A statement visits some organizations, and the others
# have their turn later.
run_sql $db <<'SQL'
UPDATE ops.organization_turn SET due_at = now() - random() * interval '1 hour', done_at = now() - interval '2 days';
UPDATE ops.duplicate_scan SET due_at = now() - random() * interval '1 hour';
CREATE FUNCTION test.left(of_task text) RETURNS bigint LANGUAGE sql AS
	$$ SELECT count(*) FROM ops.organization_turn t WHERE t.task = of_task AND t.due_at <= now() $$;
SELECT test.ok((SELECT count(*) FROM ops.organization_task) >= 10, 'there are tasks of organizations');
UPDATE ops.organization_turn SET due_at = now() - interval '2 hours' WHERE org_id = (SELECT max(id::text)::uuid FROM identity.organization);
SELECT format('SELECT test.ok(ops.in_organizations(%L, ''SELECT 0'', 1000) = %s AND test.left(%L) BETWEEN %s AND %s, %L)', t.name,
	n.returned, t.name, n.least, n.most, t.name || ': a statement visits at most 200 organizations') FROM ops.organization_task t,
	LATERAL (SELECT 1000, 2800, 2999 WHERE t.module IS NULL UNION ALL SELECT 0, 0, 0 WHERE t.module IS NOT NULL) n (returned, least, most)
	ORDER BY t.name \gexec
SELECT test.is((SELECT string_agg(DISTINCT (t.due_at > now())::text, ' ') FROM ops.organization_turn t
	WHERE t.org_id = (SELECT max(id::text)::uuid FROM identity.organization)), 'true', 'first those that have waited longest');
SELECT test.left('trash') AS before \gset
SELECT test.is(ops.in_organizations('trash', 'SELECT 10', 25)::text, '30', 'or as many as have enough rows'),
	test.is(test.left('trash')::text, :before::text, 'which continue'),
	test.is((SELECT count(*) FROM (SELECT t.due_at FROM ops.organization_turn t WHERE t.task = 'trash' AND t.due_at <= now() ORDER BY t.due_at DESC LIMIT 3) x
		WHERE x.due_at > now() - interval '1 min')::text, '3', 'after the others');
SELECT test.left('trash') AS before \gset
SELECT test.ok(ops.in_organizations('trash', 'SELECT 0, NULL::timestamptz FROM pg_sleep(0.4)', 25) = 25 AND test.left('trash') >= :before - 3, 'or for a second');
SELECT test.is((SELECT string_agg(DISTINCT (g.seconds BETWEEN 1000 AND 4000)::text, ' ') FROM ops.task_lags() g
	WHERE g.task NOT LIKE 'membership%'), 'true',
	'the lag is that of the one that has waited longest');
-- In the end, each organization has had one turn.
CREATE TABLE test.turn (org uuid);
SELECT 'SELECT ops.in_organizations(''trash'', ''WITH a AS (INSERT INTO test.turn VALUES ($1)) SELECT 0'', 1000) ' FROM generate_series(1, 40) \gexec
SELECT test.is((SELECT format('%s %s', test.left('trash'), count(*) - count(DISTINCT t.org)) FROM test.turn t), '0 0', 'all have their turn, each once');
SQL
