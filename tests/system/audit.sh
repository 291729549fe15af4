#!/bin/bash
# audit.sh - "tenantry audit verify" detects every change to the audit log
#
# BUILD is the build folder.  The tests act as a superuser, with all triggers
# off. AUDIT_INTO is the folder with initdb of the Postgres into which the log is restored at the end (default: the same
# Postgres).
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" --schema "$here/audit.sh" "$@"
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"

need_build
tenantry=$BUILD/tenantry
STACK=$(scratch audit)
mkdir "$STACK/log"
trap 'stop_jobs; rm -rf "$STACK"' EXIT
jobs= work=$STACK match=-E
ME=audit_$$
export PGOPTIONS="-c client_min_messages=warning"

stop_jobs() {
	[ -z "$jobs" ] || kill -9 "$jobs" 2>/dev/null || :
	[ -z "$jobs" ] || wait "$jobs" 2>/dev/null || :
	jobs=
}

verify() {
	"$tenantry" audit verify "$@"
}

sql() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$PGDATABASE" -c "$1"
}

# tamper SQL: runs the SQL as a superuser, without triggers and policies.
tamper() {
	sql "SET session_replication_role = replica; $1" >/dev/null
}

# write ORGANIZATION COUNT: writes COUNT rows, each in a separate transaction.
write() {
	local n
	for n in $(seq "$2"); do
		echo "BEGIN; SELECT set_config('app.org_id', '$1', true) IS NULL;
		    INSERT INTO crm.tags (name, color) VALUES ('tag ' || ops.new_id(), '#abc'); COMMIT;"
	done | psql -XAtq -v ON_ERROR_STOP=1 "$DATABASE_URL" >/dev/null
}

seal() {
	sleep 0.01 # the current millisecond is never sealed
	"$tenantry" audit seal >/dev/null
}

# row ORGANIZATION N: prints the ID of the Nth row in the organization's log.
row() {
	sql "SELECT id FROM ops.audit_log WHERE org_id = '$1' ORDER BY id OFFSET $2 - 1 LIMIT 1"
}

# Saves the intact log; again() restores it.
keep() {
	sql "DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept;
	    CREATE TABLE kept.log AS TABLE ops.audit_log;
	    CREATE TABLE kept.seal AS TABLE ops.audit_seal"
}

again() {
	tamper "TRUNCATE ops.audit_log; TRUNCATE ops.audit_seal;
	    INSERT INTO ops.audit_log TABLE kept.log;
	    INSERT INTO ops.audit_seal TABLE kept.seal"
	want 0 ': intact' verify
}

organization() {
	sql "INSERT INTO identity.organization (id, name, slug) VALUES ('$1', '$2', '$2')"
}

A=aaaaaaaa-0000-4000-8000-000000000001
B=bbbbbbbb-0000-4000-8000-000000000002

begin() {
	make_database "$ME"
	want 0 '0 rows under 0 seals of 0 organizations: intact' verify
	want 0 '^all:0:' "$tenantry" audit head
	organization $A a
	organization $B b
	write $A 5
	want 0 'rows are not sealed yet, since 20' verify
	seal
	for n in 1 2 3; do
		write $A 3
		write $B 2
		seal
	done
	want 0 'under 8 seals of 2 organizations: intact' verify
	keep
}

command_line() {
	want 2 'usage: tenantry audit' "$tenantry" audit verify --fast
	want 2 'usage: tenantry audit' "$tenantry" audit verify --org
	want 2 'usage: tenantry audit' "$tenantry" audit seal now
	want 1 'invalid input syntax' verify --org x
	want 1 'invalid head "x"' verify --head x
	want 1 'organization .* has no sealed rows' "$tenantry" audit head --org \
		cccccccc-0000-4000-8000-000000000003
	want 0 ': intact' verify --org $A
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL \
		"$tenantry" audit verify
}

# Forbidden changes are rejected, and changes that are made anyway are detected.
tampering() {
	local id other
	id=$(row $A 4) other=$(row $A 6)
	want 1 'append-only' sql "UPDATE ops.audit_seal SET n = 9"
	want 1 'append-only' sql "DELETE FROM ops.audit_log"
	for column in user_id request_id address table_name row_id action; do
		tamper "UPDATE ops.audit_log SET $column = coalesce($column, '') || '.' WHERE id = $id"
		want 1 "$A: row $id was changed" verify
		again
	done
	tamper "UPDATE ops.audit_log SET at = at + interval '1 us' WHERE id = $id"
	want 1 "$A: row $id was changed" verify
	again
	tamper "UPDATE ops.audit_log SET user_id = '' WHERE id = $id AND user_id IS NULL"
	want 1 "$A: row $id was changed" verify
	again
	tamper "UPDATE ops.audit_log SET new = replace(new::text, 'abc', 'abd')::json WHERE id = $id"
	want 1 "$A: row $id was changed" verify
	want 0 ': intact' verify --org $B
	want 1 'NOT INTACT' verify --org $A
	again
	tamper "DELETE FROM ops.audit_log WHERE id = $id"
	want 1 "$A: row $id was removed" verify
	again
	tamper "INSERT INTO ops.audit_log SELECT org_id, id + 1, at, user_id, request_id, address,
	    table_name, row_id, action, old, new FROM ops.audit_log WHERE id = $id"
	want 1 "$A: row $((id + 1)) was added \(1 in all\)" verify
	seal # the seal does not hide the change
	want 1 "$A: row $((id + 1)) was added \(1 in all\)" verify
	write $B 1
	sleep 0.01
	want 0 '' "$tenantry" audit seal --late # only if the operator requests it
	want 0 ': intact' verify
	again
	tamper "UPDATE ops.audit_log SET id = -1 WHERE id = $id;
	    UPDATE ops.audit_log SET id = $id WHERE id = $other;
	    UPDATE ops.audit_log SET id = $other WHERE id = -1"
	want 1 "$A: row $id was changed" verify
	again
	tamper "UPDATE ops.audit_log SET org_id = '$B' WHERE id = $id"
	want 1 "$A: row $id was removed" verify
	want 1 "$B: row $id was added" verify
	again
}

tampering_with_seals() {
	local all one
	all=$("$tenantry" audit head) one=$("$tenantry" audit head --org $A)
	want 0 ': intact' verify --head "$all" --head "$one"
	for change in "hash = sha256('')" "rows = rows || '\\x00'" "upto = upto + 1" \
		"at = at + interval '1 us'" "ids = ids || 1::bigint" \
		"rows = set_byte(rows, 8, get_byte(rows, 8) # 1)"; do
		tamper "UPDATE ops.audit_seal SET $change WHERE org_id = '$A' AND n = 2"
		want 1 "$A: seal 2 was changed" verify
		again
	done
	tamper "DELETE FROM ops.audit_seal WHERE org_id = '$A' AND n = 2"
	want 1 "$A: seal 2 was removed" verify
	again
	tamper "DELETE FROM ops.audit_seal WHERE org_id = '$A' AND n = 1"
	want 1 "$A: seal 1 was removed" verify
	again
	# Truncates rows and seals at the end, so that the rest is consistent.
	tamper "DELETE FROM ops.audit_log WHERE org_id = '$A' AND id = ANY
		(SELECT unnest(ids) FROM ops.audit_seal WHERE org_id = '$A' AND n = 4);
	    DELETE FROM ops.audit_seal WHERE org_id = '$A' AND n = 4"
	want 0 ': intact' verify
	want 1 "$A: the chain was truncated before seal 4" verify --head "$one"
	want 1 'a chain was truncated or rebuilt' verify --head "$all"
	write $A 2
	seal
	want 1 "$A: the chain was rebuilt before seal 4" verify --head "$one"
	want 1 'a chain was truncated or rebuilt' verify --head "$all"
	again
	# Replaces the log with one that has recomputed hashes.
	tamper "UPDATE ops.audit_log SET user_id = 'somebody else' WHERE id = $(row $A 2);
	    TRUNCATE ops.audit_seal"
	seal
	want 0 ': intact' verify
	want 1 'a chain was truncated or rebuilt' verify --head "$all"
	again
	write $A 2
	seal
	want 0 ': intact' verify --head "$all" --head "$one"
	keep
}

# A long transaction delays the seals. Its row is sealed later.
long_transactions() {
	local before writer
	before=$(sql "SELECT count(*) FROM ops.audit_log")
	mkfifo "$STACK/statements"
	psql -XAtq "$DATABASE_URL" <"$STACK/statements" >/dev/null &
	writer=$!
	exec 8>"$STACK/statements"
	echo "BEGIN; SELECT set_config('app.org_id', '$A', true);
		INSERT INTO crm.tags (name, color) VALUES ('slow', '#abc');" >&8
	until [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE query LIKE
	    '%slow%' AND state = 'idle in transaction'")" = 1 ]; do sleep 0.1; done
	write $A 2
	seal
	want 0 '2 rows are not sealed yet' verify
	echo 'COMMIT;' >&8
	exec 8>&-
	wait $writer
	seal
	want 0 '^[0-9]* rows under' verify
	[ "$(sql "SELECT sum(cardinality(ids)) FROM ops.audit_seal")" = \
		$((before + 3)) ] && held || fail "not all of $((before + 3)) are sealed"
	! grep -q 'not sealed' "$STACK/out" && held || fail "some are left"
}

# An organization that cannot be sealed does not stop the others.
one_fails() {
	local head
	write $A 3
	write $B 3
	tamper "CREATE FUNCTION public.poison() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''poison''; END';
	    GRANT EXECUTE ON FUNCTION public.poison() TO PUBLIC;
	    CREATE TRIGGER poison BEFORE INSERT ON ops.audit_seal FOR EACH ROW WHEN (NEW.org_id = '$A') EXECUTE FUNCTION public.poison()"
	sleep 0.01
	want 1 "organization $A is not sealed: poison" "$tenantry" audit seal
	want 0 '3 rows are not sealed yet' verify
	head=$("$tenantry" audit head)
	tamper "INSERT INTO ops.audit_log SELECT '$B', id - 1, at, user_id, request_id, address, table_name, row_id, action, old, new
	    FROM ops.audit_log WHERE org_id = '$B' ORDER BY id DESC LIMIT 1"
	want 1 "$B: row .* was added" verify
	want 1 '1 rows were added below the last seal' doctor
	tamper "DELETE FROM ops.audit_log WHERE org_id = '$B' AND id = (SELECT id - 1 FROM ops.audit_log WHERE org_id = '$B' ORDER BY id DESC LIMIT 1)"
	tamper "DROP TRIGGER poison ON ops.audit_seal; DROP FUNCTION public.poison; UPDATE ops.aside SET retry_at = now()"
	write $B 1
	seal
	want 0 ': intact' verify --head "$head"
	! grep -q 'not sealed' "$STACK/out" && held || fail "some are left"
	keep
}

# clock INTERVAL: makes the functions of the log read a clock that is ahead by INTERVAL.
clock() {
	sql "DO \$\$ DECLARE f text; BEGIN
	    FOR f IN SELECT replace(pg_get_functiondef(p.oid), 'clock_timestamp()',
		'(clock_timestamp()+''$1'')') FROM pg_proc p WHERE p.pronamespace = 'ops'::regnamespace
		AND p.proname IN ('seal_audit', 'seal_organization', 'audit_id', 'audit', 'audit_new') LOOP EXECUTE f; END LOOP; END \$\$"
}

set_back() {
	sql "DO \$\$ DECLARE f text; BEGIN
	    FOR f IN SELECT regexp_replace(pg_get_functiondef(p.oid), '\(clock_timestamp\(\)\+''[^'']*''\)',
		'clock_timestamp()', 'g') FROM pg_proc p WHERE p.pronamespace = 'ops'::regnamespace
		AND p.proname IN ('seal_audit', 'seal_organization', 'audit_id', 'audit', 'audit_new') LOOP EXECUTE f; END LOOP; END \$\$"
}

# Prints the line of doctor about the log, with its verdict. This test replaces functions of the release with functions
# that contain a different clock.
doctor() {
	local line
	line=$(BETTER_AUTH_SECRET=0123456789abcdef0123456789abcdef \
		BETTER_AUTH_URL=http://127.0.0.1 TENANTRY_SQL=$SOURCES "$tenantry" doctor 2>/dev/null | grep ' audit log ')
	echo "$line"
	[ "${line:0:4}" != FAIL ]
}

# A clock that runs ahead during one seal does not make later rows "added".
clock_ahead() {
	keep
	write $A 2
	clock '1 hour'
	seal
	set_back
	write $A 2
	want 0 ': intact' verify
	seal
	write $B 3
	seal
	want 0 ': intact' verify
	! grep -q 'not sealed' "$STACK/out" && held || fail "some are left"
	want 0 'audit log.*ids are 3[56][0-9][0-9] s ahead' doctor
	start_jobs
	wait_for_log 'audit_clock ahead=3[56]'
	want 0 'audit_clock ahead=3[56]' cat "$STACK/log/jobs.log"
	stop_jobs
	# A server process notices only later that its client was killed.
	for n in $(seq 600); do
		[ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		    AND backend_type = 'client backend' AND pid <> pg_backend_pid()")" != 0 ] || break
		sleep 0.1
	done
	seal # the rows that the jobs wrote
	# Writes rows as they were before IDs had a separate order.
	tamper "INSERT INTO ops.audit_log SELECT org_id, id - (30 * 60000::bigint << 12), at, user_id, request_id,
	    address, table_name, row_id, action, old, new FROM ops.audit_log ORDER BY id DESC LIMIT 1"
	want 1 'tenantry audit seal --late' verify
	want 1 '1 rows were added below the last seal' doctor
	want 0 'sealed 1 rows' "$tenantry" audit seal --late
	want 0 ': intact' verify
	keep
}

start_jobs() {
	BETTER_AUTH_SECRET=0123456789abcdef0123456789abcdef \
		BETTER_AUTH_URL=http://127.0.0.1 "$BUILD/tenantry-jobs" \
		</dev/null >>"$STACK/log/jobs.log" 2>&1 &
	jobs=$!
}

# wait_for_log PATTERN: waits up to 10 s until tenantry-jobs has logged the pattern.
wait_for_log() {
	local n
	for n in $(seq 100); do
		! grep -q "$1" "$STACK/log/jobs.log" || break
		sleep 0.1
	done
}

# Eight writers run while "audit seal" and tenantry-jobs are killed repeatedly. In the end, every row has exactly one
# seal.
writers() {
	local n pids=() sealer
	for n in 1 2 3 4 5 6 7 8; do
		for i in $(seq 120); do
			echo "BEGIN; SELECT set_config('app.org_id', '$([ $((n % 2)) = 0 ] &&
				echo $A || echo $B)', true) IS NULL;
			    INSERT INTO crm.tags (name, color) VALUES ('w$n $i', '#abc');
			    SELECT pg_sleep(random() * 0.02); $([ $((i % 7)) = 0 ] && echo ROLLBACK || echo COMMIT);"
		done | psql -XAtq "$DATABASE_URL" >/dev/null &
		pids+=($!)
	done
	(while :; do "$tenantry" audit seal >/dev/null || exit; done) &
	sealer=$!
	for n in 1 2 3 4 5 6; do
		start_jobs
		sleep 0.$((RANDOM % 4 + 1))
		psql -Xqc 'NOTIFY tenantry_periodic_tasks'
		stop_jobs
	done
	wait "${pids[@]}"
	kill $sealer
	wait $sealer 2>/dev/null || :
	seal
	want 0 ': intact' verify
	! grep -q 'not sealed\|NOT' "$STACK/out" && held || fail "some are left"
	[ "$(sql "SELECT count(*) || ' ' || count(DISTINCT id) FROM (SELECT org_id, unnest(ids) AS id
	    FROM ops.audit_seal) x")" = "$(sql "SELECT count(*) || ' ' || count(DISTINCT id)
	    FROM ops.audit_log")" ] && held || fail "sealed twice or never"
	start_jobs
	wait_for_log 'audit_head head=all:'
	want 0 'audit_head head=all:[0-9]+:[0-9a-f]{64}$' cat "$STACK/log/jobs.log"
	stop_jobs
	want 0 ': intact' verify --head "$(sed -n 's/.* head=//p' "$STACK/log/jobs.log" | tail -1)"
}

# The log of a purged organization.
purged() {
	local head
	head=$("$tenantry" audit head)
	sql "UPDATE identity.organization SET deleted_at = now() - interval '1 year' WHERE id = '$B'"
	until [ "$(sql "SELECT ops.purge_organizations('1 day', 500)")" = 0 ]; do :; done
	[ "$(sql "SELECT count(*) FROM identity.organization WHERE id = '$B'")" = 0 ] &&
		held || fail "$B is not gone"
	[ "$(sql "SELECT string_agg(action || coalesce(old, new, '{}')::text, ' ') FROM ops.audit_log
	    WHERE org_id = '$B'")" = 'purge{}' ] && held || fail "the log has texts of $B"
	want 0 'rows were purged with their organizations' verify --head "$head"
	seal
	want 0 'of 2 organizations: intact' verify --head "$head"
	want 0 'its ids are [0-9]* s ahead of the clock' doctor # no rows are gone or added
	keep
	tamper "DELETE FROM ops.audit_log WHERE org_id = '$B'"
	want 1 "$B: row .* was removed" verify
	again
	tamper "INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action)
	    VALUES ('$A', ops.audit_id(), 'organization', '$A', 'purge');
	    DELETE FROM ops.audit_log WHERE org_id = '$A' AND action <> 'purge'"
	want 1 "$A: row .* was removed" verify # the organization exists
	again
	tamper "INSERT INTO ops.audit_log SELECT '$B', (l).id - 9, (l).at, (l).user_id, (l).request_id,
	    (l).address, (l).table_name, (l).row_id, 'insert' FROM (SELECT l FROM ops.audit_log l
	    WHERE org_id = '$B') x"
	want 1 "$B: row .* was added" verify
	again
	want 1 'is append-only' sql "DELETE FROM ops.audit_log WHERE org_id = '$A'"
	want 1 'is append-only' sql "SET app.purging = '$A'; DELETE FROM ops.audit_log WHERE org_id = '$A'"
}

# Old rows are moved to a file, and the seals show whether the file contains them.
detached() {
	local C=cccccccc-0000-4000-8000-000000000004 head file=$STACK/old.log id rows old
	old=$(date -ud '-40 days' +%F)
	organization $C c
	clock '-100 days'
	for n in 1 2; do
		write $C 3
		seal
	done
	set_back
	write $C 1
	tamper "UPDATE ops.audit_log SET impersonator = 'root', api_key_id = 'key 1', client = 'sync' WHERE id = $(row $C 3)"
	seal
	head=$("$tenantry" audit head)
	rows=$(sql "SELECT count(*) FROM ops.audit_log WHERE org_id = '$C'")
	keep
	want 2 'usage: tenantry audit' "$tenantry" audit detach "$file"
	want 2 'usage: tenantry audit' "$tenantry" audit detach --before "$old"
	want 2 'give either --before or --due' "$tenantry" audit detach --before "$old" --due 40 "$file"
	want 1 'invalid input syntax' "$tenantry" audit detach --before never "$file"
	want 0 'no rows to detach' "$tenantry" audit detach --due 35 "$STACK/again.log"
	want 1 'rows of the last 35 days cannot be detached' "$tenantry" audit detach --before now "$file"
	want 1 'No such file' "$tenantry" audit detach --before "$old" "$STACK/none/old.log"
	id=$(row $C 2)
	tamper "UPDATE ops.audit_log SET user_id = 'x' WHERE id = $id"
	want 1 'nothing was detached' "$tenantry" audit detach --before "$old" "$file"
	[ ! -e "$file" ] && held || fail "a file of a log that is not intact"
	again
	want 1 'is append-only' sql "SET app.detaching = '$C'; SET app.org_id = '$C'; DELETE FROM ops.audit_log WHERE id = $id"
	tamper "UPDATE crm.configuration SET config = '{\"retentionDays\": {\"audit_log\": 50}}' WHERE org_id = '$C'"
	want 0 'no rows to detach' "$tenantry" audit detach --due 110 "$STACK/again.log"
	want 0 '8 rows, SHA-256 [0-9a-f]{64}$' "$tenantry" audit detach --due 40 "$file"
	want 1 'File exists' "$tenantry" audit detach --before "$old" "$file"
	want 0 "$(sha256sum <"$file" | cut -d' ' -f1)" sql "SELECT new->>'sha256' FROM ops.audit_log WHERE action = 'detach'"
	want 0 'command line' sql "SELECT request_id FROM ops.audit_log WHERE action = 'detach'"
	want 0 "^$((rows - 8 + 1))$" sql "SELECT count(*) FROM ops.audit_log WHERE org_id = '$C'"
	want 0 '^[1-9]' grep -c "	root	key 1	sync$" "$file"
	want 0 '8 rows were detached to files' verify --head "$head"
	want 0 'its ids are [0-9]* s ahead of the clock' doctor # no rows are gone or added
	want 0 ': intact' verify --detached "$file" --head "$head"
	# The file alone is verified and searched.
	want 0 'old.log: 8 rows' verify "$file"
	want 0 '1 files: intact' verify "$file"
	want 0 '^8 rows$' "$tenantry" audit search "$file"
	want 0 "^{\"organization\":\"$C\",\"id\":\"$(head -c 200 "$file" | sed -n '2s/^\["[^"]*","\([0-9]*\)".*/\1/p')\"" "$tenantry" audit search "$file"
	want 0 '"impersonator":"root","api_key_id":"key 1","client":"sync"}$' "$tenantry" audit search --row "$(sed -n '/	root/s/^\(\["[^"]*",\)\{0,1\}.*"tags","\([0-9]*\)".*/\2/p' "$file" | head -1)" "$file"
	want 0 '^6 rows$' "$tenantry" audit search --resource tags --since '-infinity' --org $C "$file"
	want 0 '^0 rows$' "$tenantry" audit search --resource contacts "$file"
	want 0 '^0 rows$' "$tenantry" audit search --until 2000-01-01 "$file"
	want 0 '^0 rows$' "$tenantry" audit search --text 'no such text' "$file"
	want 1 'invalid input syntax' "$tenantry" audit search --since never "$file"
	want 1 'line 1 is not a row' "$tenantry" audit search <(echo hello)
	want 2 'usage: tenantry audit' "$tenantry" audit search
	want 0 '"detached" : 8' sql "SET app.org_id = '$C'; SET app.role = 'owner';
	    SELECT ops.verify_audit(0, 1000)"
	want 0 'no rows to detach' "$tenantry" audit detach --before "$old" "$STACK/again.log"
	want 0 'no rows to detach' "$tenantry" audit detach --due 35 "$STACK/again.log"
	[ ! -e "$STACK/again.log" ] && held || fail "an empty file"
	seal
	want 0 ': intact' verify --detached "$file"
	keep
	# Changes to the file, to the remaining rows, and detached rows that are in the log again.
	sed 's/tag/tug/' "$file" >"$STACK/changed.log"
	want 1 'changed.log: 6 rows are in no seal' verify --detached "$STACK/changed.log"
	want 1 'NOT INTACT' verify "$STACK/changed.log"
	want 1 'the log has no entry of this file' verify --detached "$STACK/changed.log"
	sed '$d' "$file" >"$STACK/shorter.log"
	want 1 '1 detached rows are in none of these files' verify --detached "$STACK/shorter.log"
	echo hello >"$STACK/other.log"
	sed "\$p" "$file" | sed 3d >"$STACK/twice.log"
	want 1 '1 detached rows are in none of these files' verify --detached "$STACK/twice.log"
	want 1 '1 detached rows are in none of these files' verify --detached "$STACK/shorter.log" --detached "$STACK/shorter.log"
	want 1 'other.log: 1 rows are in no seal' verify --detached "$STACK/other.log"
	want 1 'No such file' verify --detached "$STACK/missing.log"
	tamper "DELETE FROM ops.audit_log WHERE id = $(row $C 1)"
	want 1 "$C: row .* was removed" verify
	again
	tamper "INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action) VALUES ('$C', $id, 'tags', '1', 'insert')"
	want 1 "$C: row $id was changed" verify
	again
	tamper "DELETE FROM ops.audit_log WHERE action = 'detach'"
	want 1 "$C: row .* was removed" verify --detached "$file"
	again
	# If a command ended before it had deleted the rows, the next command writes them again.
	tamper "TRUNCATE ops.audit_log; INSERT INTO ops.audit_log TABLE kept.log;
	    INSERT INTO ops.audit_log (org_id, id, at, user_id, request_id, address, table_name, row_id, action, old, new)
	    SELECT (r->>0)::uuid, (r->>1)::bigint, (r->>2)::timestamptz, r->>3, r->>4, r->>5, r->>6, r->>7, r->>8, (r->>9)::json, (r->>10)::json
	    FROM (SELECT '$(sed -n "/\"$id\"/p" "$file" | sed "s/'/''/g")'::json AS r) x"
	want 0 ': intact' verify --detached "$file"
	want 0 '1 rows, SHA-256' "$tenantry" audit detach --before "$old" "$STACK/rest.log"
	want 0 ': intact' verify --detached "$file" --detached "$STACK/rest.log" --head "$head"
	seal
}

# Restores the log into another server, whose transaction IDs start from the beginning.
restored() {
	local head
	head=$("$tenantry" audit head)
	pg_dump -Fc -N kept -f "$STACK/dump"
	want 0 'restored: whole' env -u TEST_PGDATA \
		"TEST_PGBIN=${AUDIT_INTO:-${TEST_PGBIN:-}}" "$here/../with-postgres" \
		"$here/audit.sh" --restored "$STACK/dump" "$head"
}

in_another_server() {
	psql -Xqd postgres -c 'CREATE ROLE tenantry_owner LOGIN CREATEROLE' \
		-c 'CREATE ROLE tenantry_app' -c 'CREATE ROLE tenantry_audit' \
		-c 'CREATE ROLE tenantry_mcp' -c 'CREATE ROLE tenantry_mcp_writer' \
		-c 'CREATE ROLE tenantry_search' -c 'CREATE ROLE tenantry_better_auth' -c 'CREATE ROLE tenantry_console' -c 'CREATE ROLE tenantry_factory' \
		-c 'GRANT tenantry_app, tenantry_audit, tenantry_mcp, tenantry_mcp_writer, tenantry_search, tenantry_console, tenantry_factory TO tenantry_owner' \
		-c 'CREATE DATABASE restored OWNER tenantry_owner'
	pg_restore -d restored "$1"
	export PGDATABASE=restored
	export DATABASE_URL="postgresql:///restored?host=$PGHOST&user=tenantry_owner"
	want 0 ': intact' verify --head "$2"
	write $A 3
	seal
	want 0 ': intact' verify --head "$2"
	! grep -q 'not sealed' "$STACK/out" && held || fail "some are left"
	[ $failed = 0 ] || exit 1
	echo "restored: whole"
}

[ "${1:-}" != --restored ] || {
	in_another_server "$2" "$3"
	exit
}
begin
command_line
tampering
tampering_with_seals
long_transactions
one_fails
clock_ahead
writers
purged
detached
restored
summary audit
