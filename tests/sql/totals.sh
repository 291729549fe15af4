#!/bin/bash
# totals.sh - maintained totals equal the number of rows, even during concurrent inserts,
# deletes, restores and rollbacks, and after backends were terminated
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_totals
sql_database $db || exit 1
run_sql $db >/dev/null <<'SQL'
SET ROLE tenantry_app;
SELECT test.sign_up('one'), test.sign_up('two', open => true);
BEGIN;
SELECT test.as('two', 'user'), identity.create_organization('Two', 'two', NULL, NULL, false);
COMMIT;
SQL

wrong() { # what
	local found
	found=$(run_sql $db -c "SELECT * FROM ops.wrong_totals()" 2>&1) && [ -z "$found" ] &&
		ok "$1" || bad "$1: $found"
}

# Runs transactions of one user, a tenth of which are rolled back. SEED makes the statements of a
# run repeatable, but not the order of the processes.
write() { # arguments: the number and the user of the writer
	awk -v seed="$1" -v user="$2" 'BEGIN {
		srand(seed)
		for (n = 0; n < 120; n++) {
			print "BEGIN; SELECT test.as(\x27" user "\x27);"
			for (k = int(rand() * 3); k >= 0; k--)
				print step(int(rand() * 7))
			print (rand() < 0.1 ? "ROLLBACK;" : "COMMIT;")
		}
	}
	function step(kind) {
		some = "(SELECT id FROM crm.contacts ORDER BY random() LIMIT " 1 + int(rand() * 4) ")"
		if (kind <= 2)
			return "INSERT INTO crm.contacts (last_name) SELECT n FROM generate_series(1, " 1 + int(rand() * 5) ") n;"
		if (kind == 3)
			return "INSERT INTO crm.tasks (text, contact_id, due_date) SELECT 1, id, now() FROM crm.contacts LIMIT 3;"
		if (kind == 4)
			return "DELETE FROM crm.contacts WHERE id IN " some ";"
		if (kind == 5)
			return "SELECT crm.restore_trash(id) FROM crm.trash ORDER BY random() LIMIT 1;"
		return "SAVEPOINT s; INSERT INTO crm.companies (name) VALUES (random()); ROLLBACK TO s; INSERT INTO crm.companies (name) VALUES (random());"
	}' | PGOPTIONS="-c role=tenantry_app" psql -X -q -A -t -d $db >/dev/null 2>>"$work/errors"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for n in 1 2 3 4; do
	write $n $([ $((n % 2)) = 0 ] && echo one || echo two) &
	writers+=($!)
done
for n in 1 2 3 4 5; do
	sleep 0.5
	wrong "in the middle, $n"
	[ $n != 4 ] || run_sql $db -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = '$db' AND pid <> pg_backend_pid()" >/dev/null
done
wait "${writers[@]}"
wrong "at the end"
rows=$(run_sql $db -c "SELECT sum(change) > 50 FROM ops.totals WHERE resource = 'contacts'")
if [ "$rows" = t ]; then ok "rows were written"; else bad "too few rows: $(sort "$work/errors" | uniq -c | head)"; fi
rows=$(run_sql $db -c "SELECT max(n) <= 4 FROM (SELECT count(*) AS n FROM ops.totals GROUP BY org_id, resource) t")
if [ "$rows" = t ]; then ok "a total has as many rows as there were writers at once"; else bad "a total has many rows"; fi

run_sql $db -c "UPDATE ops.totals SET change = change + 1 WHERE resource = 'contacts'" >/dev/null
rows=$(run_sql $db -c "SELECT count(*) FROM ops.wrong_totals()")
if [ "$rows" = 2 ]; then ok "a wrong total is found"; else bad "a wrong total: $rows"; fi
run_sql $db -c "SELECT ops.count_total('crm.contacts')" >/dev/null
wrong "and counted again"

# A writer that has not committed blocks neither the next writer nor, once it has ended, a new
# count.
add() {
	PGOPTIONS="-c lock_timeout=10s" run_sql $db -c "SET ROLE tenantry_app" -c "BEGIN" -c "SELECT test.as('one', 'user')" \
		-c "INSERT INTO crm.contacts (last_name) SELECT n FROM generate_series(1, 5) n" -c "COMMIT" >/dev/null
}
coproc psql -X -q -A -t -d $db 2>&1
echo "SET ROLE tenantry_app; BEGIN; SELECT test.as('one', 'user');
	INSERT INTO crm.contacts (last_name) SELECT n FROM generate_series(1, 7) n; SELECT 'inserted';" >&"${COPROC[1]}"
while read -r said <&"${COPROC[0]}" && [ "$said" != inserted ]; do :; done
before=$(run_sql $db -c "SELECT sum(change) FROM ops.totals WHERE resource = 'contacts'")
add
after=$(run_sql $db -c "SELECT sum(change) FROM ops.totals WHERE resource = 'contacts'")
if [ $((after - before)) = 5 ]; then ok "nobody waits for a writer"; else bad "beside a writer: $before, $after"; fi
PGAPPNAME=counting run_sql $db -c "SELECT ops.count_total('crm.contacts')" >/dev/null &
counting=$!
for _ in $(seq 100); do
	[ "$(run_sql $db -c "SELECT count(*) FROM pg_stat_activity
		WHERE application_name = 'counting' AND wait_event_type = 'Lock'")" = 1 ] && break
	sleep 0.1
done
echo "COMMIT;" >&"${COPROC[1]}"
eval "exec ${COPROC[1]}>&-"
wait $counting && ok "counted after a writer" || bad "cannot count after a writer"
wrong "and right"

# A transaction with an older snapshot continues after another transaction has committed.
coproc psql -X -q -A -t -d $db 2>&1
echo "SET ROLE tenantry_app; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT test.as('one', 'user'); SELECT 'begun';" >&"${COPROC[1]}"
while read -r said <&"${COPROC[0]}" && [ "$said" != begun ]; do :; done
add
echo "INSERT INTO crm.contacts (last_name) VALUES ('a'); INSERT INTO crm.contacts (last_name) VALUES ('b'); COMMIT; SELECT 'ended';" >&"${COPROC[1]}"
while read -r said <&"${COPROC[0]}" && [ "$said" != ended ]; do last=$said; done
eval "exec ${COPROC[1]}>&-"
if [ -z "${last:-}" ]; then ok "an older snapshot"; else bad "an older snapshot: $last"; fi
wrong "beside an older snapshot"

# Updated rows remain on the same page, so reading a total that changes often remains cheap.
for _ in $(seq 20); do add; done
rows=$(run_sql $db -c "SELECT pg_stat_force_next_flush()" -c "SELECT n_tup_hot_upd > n_tup_upd * 0.9 AND n_tup_upd > 100
	FROM pg_stat_user_tables WHERE relid = 'ops.totals'::regclass" | tail -n 1)
if [ "$rows" = t ]; then ok "updates change no index"; else bad "updates change indexes"; fi

# Changes whose sum is out of range stay in separate rows.
rows=$(run_sql $db -c "SELECT ops.add_to_total(o.id, 'test', 4611686018427387905), ops.add_to_total(o.id, 'test', 4611686018427387905),
	ops.add_to_total(o.id, 'test', 7), ops.add_to_total(o.id, 'test', 8) FROM (SELECT id FROM identity.organization LIMIT 1) o" \
	-c "SELECT string_agg(change::text, ' ' ORDER BY change) FROM ops.totals WHERE resource = 'test'" | tail -n 1)
if [ "$rows" = '15 4611686018427387905 4611686018427387905' ]; then ok "sums out of range are kept"; else bad "sums out of range: $rows"; fi

# The total of a view of several tables is the sum of the tables' totals.
rows=$(
	run_sql $db <<'SQL'
SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false);
SET ROLE tenantry_app;
SELECT set_config('app.grants', '*', false);
SELECT ops.total_of('{companies,contacts,contact_notes,deals,deal_notes}', 'crm.activity_log', NULL) = count(*) AND count(*) > 0
  FROM crm.activity_log;
SELECT set_config('app.grants', '{"crm": {"read": "own"}}', false);
SELECT ops.total_of('{companies,contacts,contact_notes,deals,deal_notes}', 'crm.activity_log', NULL) = count(*)
  FROM crm.activity_log;
SELECT ops.total_of('{companies,contacts,contact_notes,deals,deal_notes}', 'crm.activity_log', 1) = least(count(*), 1) FROM crm.activity_log;
SQL
)
if [ "$(grep -c '^t$' <<<"$rows")" = 3 ]; then ok "the total of a view of several tables"; else bad "total of a view: $rows"; fi

# A total is read with the index even if one organization has most of the totals.
rows=$(
	run_sql $db <<'SQL'
INSERT INTO ops.totals (org_id, resource, place, change) SELECT o.id, 'contacts', 1000 + n, 1
  FROM (SELECT id FROM identity.organization LIMIT 1) o, generate_series(1, 5000) n;
ANALYZE ops.totals;
BEGIN;
SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), true);
SELECT ops.total('contacts');
SELECT sum(seq_scan) FROM pg_stat_xact_all_tables WHERE relid = 'ops.totals'::regclass;
COMMIT;
SQL
)
if [ "$(tail -n 1 <<<"$rows")" = 0 ]; then ok "a total does not read all totals"; else bad "all totals were read: $rows"; fi
