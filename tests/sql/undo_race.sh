#!/bin/bash
# undo_race.sh - an import is undone while its rows are edited: no acknowledged edit is lost
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_undo_race
editors=4 edits=500 # for each editor
[ -z "${TESTS_ALL:-}" ] || edits=2500
sql_database $db || exit 1

# Creates contacts, and an import that changes half of them and creates as many new
# contacts.
run_sql $db >/dev/null <<'SQL'
SELECT test.sign_up('boss');
CREATE TABLE test.edit (row_id bigint, mark text);
CREATE TABLE test.undo (import bigint, ticket bigint);
GRANT ALL ON test.edit, test.undo TO tenantry_app;
SET ROLE tenantry_app;
BEGIN;
SELECT test.as('boss');
INSERT INTO crm.contacts (first_name, last_name) SELECT 'old', n::text FROM generate_series(1, 4000) n;
COMMIT;
BEGIN;
SELECT test.as('boss');
INSERT INTO crm.imports (resource, format, title, size, delimiter, encoding, has_header, columns, mapping)
VALUES ('contacts', 'csv', 'race', 1, ',', 'UTF-8', true, '["last_name"]', '["last_name"]');
SELECT crm.turn_import(id, 'start') FROM crm.imports;
COMMIT;
BEGIN;
SELECT test.as('boss');
SELECT set_config('app.request_id', 'import ' || id, true) FROM crm.imports;
UPDATE crm.contacts SET title = 'imported';
INSERT INTO crm.contacts (first_name, last_name) SELECT 'new', n::text FROM generate_series(1, 4000) n;
UPDATE crm.imports SET state = 'done', ended_at = clock_timestamp();
COMMIT;
BEGIN;
SELECT test.as('boss');
SELECT crm.turn_import(id, 'undo') FROM crm.imports;
COMMIT;
RESET ROLE;
INSERT INTO test.undo SELECT entry, id FROM ops.job WHERE queue = 'imports';
SQL

# Each edit appends a mark to an existing row, in a separate transaction. The edit is
# acknowledged when the transaction that lists it is committed.
editor() { # number
	run_sql $db <<-SQL >/dev/null
		SET ROLE tenantry_app;
		DO \$\$
		DECLARE
			ids bigint[];
			made integer := 0;
			one bigint;
		BEGIN
			PERFORM test.as('boss');
			ids := ARRAY(SELECT id FROM crm.contacts);
			COMMIT;
			WHILE made < $edits LOOP
				PERFORM test.as('boss');
				one := ids[1 + floor(random() * cardinality(ids))::integer];
				UPDATE crm.contacts SET background = concat(background, format('<$1.%s>', made))
				 WHERE id = one;
				IF FOUND THEN
					INSERT INTO test.edit VALUES (one, format('<$1.%s>', made));
					made := made + 1;
				END IF;
				COMMIT;
			END LOOP;
		END \$\$;
	SQL
}

undo() {
	local more=t
	while [ "$more" = t ]; do
		more=$(
			run_sql $db <<-'SQL' | tail -1
				SET ROLE tenantry_app;
				BEGIN;
				SELECT identity.begin_import(ticket) FROM test.undo;
				SELECT crm.undo_batch(i.id, i.undone_to, 200) FROM crm.imports i, test.undo u WHERE i.id = u.import;
				COMMIT;
			SQL
		)
	done
}

pids=()
for n in $(seq $editors); do
	editor "$n" &
	pids+=($!)
done
undo
for pid in "${pids[@]}"; do
	wait "$pid" || echo "NOTICE:  not ok - an editor failed"
done

check() { # arguments: the query, the expected result, the name of the check
	run_sql $db -c "SELECT test.is(($1)::text, '$2', '$3')" >/dev/null
}
org=$(run_sql $db -c 'SELECT id FROM identity.organization')
export PGOPTIONS="-c app.org_id=$org"
check "SELECT count(*) FROM test.edit" $((editors * edits)) "all edits are acknowledged"
check "SELECT count(*) FROM test.edit e LEFT JOIN crm.contacts c ON c.id = e.row_id
    WHERE c.id IS NULL OR position(e.mark IN coalesce(c.background, \$\$\$\$)) = 0" 0 "no edit is lost"
check "SELECT state FROM crm.imports" undone "the import is undone"
check "SELECT count(*) FROM crm.contacts WHERE background IS NULL
    AND (first_name = \$\$new\$\$ OR title IS NOT NULL)" 0 "rows that nobody edited are as before the import"
check "SELECT undone > 0 AND conflicts > 0 AND undone + conflicts = 8000 FROM crm.imports" true \
	"the import counts both"
