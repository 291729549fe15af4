#!/bin/bash
# totals.sh - kept totals equal the number of rows: during concurrent inserts, deletes, restores
# and rollbacks, while two processes add up the differences, and after backends were ended
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

# Transactions of one user, a tenth of them rolled back. SEED makes a run repeatable in what it
# does, though not in the order of the processes.
write() { # number of the writer, user
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
for n in 1 2; do
	while [ ! -e "$work/end" ]; do
		run_sql $db -c "SELECT ops.fold_totals(2)" >/dev/null 2>&1
	done &
done
for n in 1 2 3 4 5; do
	sleep 0.5
	wrong "in the middle, $n"
	[ $n != 4 ] || run_sql $db -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = '$db' AND pid <> pg_backend_pid()" >/dev/null
done
wait "${writers[@]}"
touch "$work/end"
wait
wrong "at the end"
rows=$(run_sql $db -c "SELECT sum(change) > 50 FROM ops.totals WHERE resource = 'contacts'")
if [ "$rows" = t ]; then ok "rows were written"; else bad "too few rows: $(sort "$work/errors" | uniq -c | head)"; fi
run_sql $db -c "SELECT ops.fold_totals(1000)" >/dev/null
rows=$(run_sql $db -c "SELECT count(*) = count(DISTINCT (org_id, resource)) AND bool_and(folded) FROM ops.totals")
if [ "$rows" = t ]; then ok "the differences are added up"; else bad "differences are left"; fi

run_sql $db -c "UPDATE ops.totals SET change = change + 1 WHERE resource = 'contacts'" >/dev/null
rows=$(run_sql $db -c "SELECT count(*) FROM ops.wrong_totals()")
if [ "$rows" = 2 ]; then ok "a wrong total is found"; else bad "a wrong total: $rows"; fi
run_sql $db -c "SELECT ops.count_total('crm.contacts')" >/dev/null
wrong "and counted again"

# The sum of a transaction that is still open is not counted beside the rows.
run_sql $db -c "SET ROLE tenantry_app" -c "BEGIN" -c "SELECT test.as('one', 'user')" \
	-c "INSERT INTO crm.contacts (last_name) SELECT n FROM generate_series(1, 5) n" -c "COMMIT" >/dev/null
coproc psql -X -q -A -t -d $db 2>&1
echo "BEGIN; SELECT 'folded ' || ops.fold_totals(1000);" >&"${COPROC[1]}"
read -r said <&"${COPROC[0]}"
if [ "$said" = "folded 1" ]; then ok "a difference is added up"; else bad "to add up: $said"; fi
PGAPPNAME=counting run_sql $db -c "SELECT ops.count_total('crm.contacts')" >/dev/null &
counting=$!
for _ in $(seq 100); do
	[ "$(run_sql $db -c "SELECT count(*) FROM pg_stat_activity
		WHERE application_name = 'counting' AND wait_event_type = 'Lock'")" = 1 ] && break
	sleep 0.1
done
echo "COMMIT;" >&"${COPROC[1]}"
eval "exec ${COPROC[1]}>&-"
wait $counting && ok "counted beside a sum" || bad "cannot count beside a sum"
wrong "and right"

# The total of a view of several tables is the sum of theirs.
rows=$(
	run_sql $db <<'SQL'
SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false);
SET ROLE tenantry_app;
SELECT set_config('app.grants', '*', false);
SELECT ops.total_of('{companies,contacts,contact_notes,deals,deal_notes}', 'crm.activity_log') = count(*) AND count(*) > 0
  FROM crm.activity_log;
SELECT set_config('app.grants', '{"crm": {"read": "own"}}', false);
SELECT ops.total_of('{companies,contacts,contact_notes,deals,deal_notes}', 'crm.activity_log') = count(*)
  FROM crm.activity_log;
SQL
)
if [ "$(grep -c '^t$' <<<"$rows")" = 2 ]; then ok "the total of a view of several tables"; else bad "total of a view: $rows"; fi

# A total is read by the index even where one organization has most of the totals.
rows=$(
	run_sql $db <<'SQL'
INSERT INTO ops.totals (org_id, resource, change) SELECT o.id, 'contacts', 1
  FROM (SELECT id FROM identity.organization LIMIT 1) o, generate_series(1, 5000);
ANALYZE ops.totals;
BEGIN;
SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), true);
SELECT ops.total('contacts');
SELECT sum(seq_scan) FROM pg_stat_xact_all_tables WHERE relid = 'ops.totals'::regclass;
COMMIT;
SQL
)
if [ "$(tail -n 1 <<<"$rows")" = 0 ]; then ok "a total does not read all totals"; else bad "all totals were read: $rows"; fi
