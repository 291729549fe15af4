#!/bin/bash
# engine.sh - tenantry migrate with a journey of this folder: from plan to finish, its refusals, and kills
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/engine.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work engine
mkdir "$work/sql"
ln -s "$SOURCES/migrations" "$SOURCES/schema" "$work/sql/"
cp -r "$here/journeys" "$work/sql/journeys"
export TENANTRY_SQL=$work/sql
cd "$work"

psql -Xq -c 'CREATE DATABASE app OWNER owner' -c 'CREATE DATABASE source'
target app
tenantry schema up >/dev/null
psql -Xqd app >/dev/null <<-'SQL'
	SET ROLE owner;
	CREATE TABLE public.person (id bigint PRIMARY KEY, address text NOT NULL, name text NOT NULL, born date,
		kind text, code text, changed boolean NOT NULL DEFAULT false, CHECK (id <> 1313));
	CREATE TABLE public.note (id uuid PRIMARY KEY, person bigint NOT NULL REFERENCES public.person, text text);
	CREATE INDEX ON public.note (person);
	CREATE TABLE public.total (id int PRIMARY KEY, notes bigint);
	INSERT INTO public.total SELECT i, -i FROM generate_series(1, 200) i;
	INSERT INTO public.person (id, address, name) VALUES (7, 'seven@example.org', 'Was here');
SQL
psql -Xqd source >/dev/null <<-'SQL'
	CREATE TYPE kind AS ENUM ('member', 'guest');
	CREATE TABLE people (id bigint PRIMARY KEY, address text, name text, born date, kind kind, code text);
	CREATE TABLE notes (id uuid PRIMARY KEY, person bigint, text text);
	CREATE TABLE ignored ();
	INSERT INTO people SELECT i, format(CASE WHEN i = 55 THEN 'nobody%s' ELSE 'p%s@example.org' END, i),
		CASE WHEN i % 500 <> 0 THEN E'A\tname \\ of\n' || i END, '1980-01-01'::date + i::int % 9000,
		CASE WHEN i % 3 = 0 THEN 'guest'::kind ELSE 'member' END, CASE WHEN i % 100 = 0 THEN 'code ' || i END
	  FROM generate_series(1, 3000) i;
	INSERT INTO notes SELECT md5('note' || i)::uuid, 1 + i % 3000, 'note ' || i FROM generate_series(1, 4000) i;
SQL
untouched=$(contents source)
before=$(contents app)

# --- plan: its findings, and the decisions of a person
want 2 'SOURCE_DATABASE_URL is not set' env -u SOURCE_DATABASE_URL tenantry migrate sample plan
want 1 'there is no journey "nowhere"' tenantry migrate nowhere plan
want 2 'there is no "fly" of a migration' tenantry migrate sample fly
want 2 '"plan" takes no argument "now"' tenantry migrate sample plan now
want 1 'run "tenantry migrate sample plan" first' tenantry migrate sample dry-run
want 0 '010_people                         2994  People of the source become people of the target.' tenantry migrate sample plan
grep -q 'nameless: People without a name' out && grep -q -- '- and [0-9]* more\|- 500: p500@example.org' out && held || fail "the plan lists the rows of a decision"
grep -q 'ignored: is not read' out && held || fail "the plan has notes"
grep -q '040_nothing .*left out: the source has no such table' out && held || fail "the plan names steps that are left out"
grep -q 'greeting: Hello' out && held || fail "the plan has values"
want 0 '"choices":["address","drop"],"choice":null' tenantry migrate sample plan --json
want 1 'sample.yaml: decide nameless: People without a name.' tenantry migrate sample dry-run
psql -Xqd source -c "INSERT INTO people VALUES (5000, 'P1@example.org', 'Twin')"
want 1 'twins: People with the same address.' tenantry migrate sample plan
want 1 'blocker twins: People with the same address.' tenantry migrate sample dry-run
psql -Xqd source -c 'DELETE FROM people WHERE id = 5000'
want 1 'the source has changed since the plan; run "plan" again' tenantry migrate sample dry-run
grep -q 'public.people has changed: 3000 rows now, 3001 rows in the plan' out && held || fail "the changed table is named"
decide() { sed -i "/^  nameless:/,/choice:/s/choice:.*/choice: $1/" sample.yaml; }
want 0 '' tenantry migrate sample plan
decide maybe
want 1 'sample.yaml: "maybe" is not a choice of nameless; write one of: address drop' tenantry migrate sample dry-run
decide address
sed -i 's/greeting: Hello/greeting: "Bonjour: \\"toi\\""/' sample.yaml
want 0 'chosen: address' tenantry migrate sample plan
grep -qF 'greeting: Bonjour: "toi"' out && held || fail "a new plan keeps the choices"
cp sample.yaml good.yaml
sed -i 's/^  batch: 10000/  batch: many/' sample.yaml
want 1 'settings: "batch: many" is not a setting with a number' tenantry migrate sample dry-run
printf 'journey: sample\n\tdecisions: [\n' >sample.yaml
want 1 'sample.yaml:2: ' tenantry migrate sample dry-run
sed 's/^journey: sample/journey: other/' good.yaml >sample.yaml
want 1 'is not a plan of the journey sample' tenantry migrate sample dry-run
sed 's/batch: 10000/batch: 2000/' good.yaml >sample.yaml

# --- dry-run: on a clone, which is removed afterwards
want 1 'there is no go token in sample.token' tenantry migrate sample run --execute --yes
want 0 'rolled back on the clone: all tables are as before' tenantry migrate sample dry-run
same "the target after a dry run" "$before" "$(contents app)"
same "the databases after a dry run" "app postgres source" "$(databases)"
grep -q '5 rows are rejected; sample.rejects.csv' out && held || fail "the dry run counts rejected rows"
cp sample.token sample.token.good

# --- run: refused without consent, token, sign-off, backup or disk
same "a refusal as JSON" "no-go the sign-off ledger has a blank: 010_people is not reviewed" "$(tenantry migrate sample run --execute --yes --json 2>/dev/null </dev/null |
	node -e 'const v = JSON.parse(require("fs").readFileSync(0)); console.log(v.verdict, v.reasons[0]);')"
# Without a database, standard output has the reason as well.
for verb in plan dry-run 'sign all reviewed ann@sign.test' 'run --execute --yes' verify rollback 'rollback --execute --yes' 'finish --execute --yes' 'set batch=10' retry-rejects; do
	got=0
	DATABASE_URL=postgresql://127.0.0.1:1/x tenantry migrate sample $verb >reason 2>/dev/null </dev/null || got=$?
	same "$verb without a database" "3 NO-GO: could not connect to the database of DATABASE_URL" "$got $(sed -n '1s/: connection .*//p' reason)"
done
want 2 '"run" changes data; confirm that with --execute' tenantry migrate sample run
want 1 'the sign-off ledger has a blank: 010_people is not reviewed' tenantry migrate sample run --execute --yes
want 2 '"liked" is not one of implemented' tenantry migrate sample sign all liked ann@sign.test
want 2 'there is no task 099_absent' tenantry migrate sample sign 099_absent reviewed ann@sign.test
# Only operators can sign, and they must prove who they are: a name is not enough.
want 1 'ann@sign.test is not the verified address of an operator' signed ann reviewed sample
signers
want 1 'that is neither the password nor an API key of ann@sign.test' tenantry migrate sample sign all reviewed ann@sign.test
want 1 'the sign-off ledger has a blank: 010_people is not reviewed' tenantry migrate sample run --execute --yes
want 0 '' signed ann reviewed sample
want 1 '010_people cannot be signed by ann@sign.test, who has reviewed it' signed ann signed sample
psql -Xqd app -c "UPDATE identity.\"user\" SET role = 'user' WHERE id = 'bob'"
want 1 'bob@sign.test is not the verified address of an operator' signed bob signed sample
psql -Xqd app -c "UPDATE identity.\"user\" SET role = 'admin', banned = true WHERE id = 'bob'"
want 1 'bob@sign.test is not the verified address of an operator' signed bob signed sample
psql -Xqd app -c "UPDATE identity.\"user\" SET banned = false WHERE id = 'bob'"
want 0 '' signed bob signed sample
# An entry of an earlier release was only a text.
psql -Xqd app -c "UPDATE ops.migration_signoff SET user_id = NULL WHERE stage = 'signed' AND task = 'backup'"
want 1 'the sign-off ledger has a blank: backup is not signed' tenantry migrate sample run --execute --yes
want 0 '' signed bob signed sample
want 0 'reviewed: ann@sign.test (password)' tenantry migrate sample status
no_signers
want 1 'the name does not match; nothing was changed' bash -c 'echo application | tenantry migrate sample run --execute'
want 1 'the go token is not valid' tenantry migrate sample run --execute --yes --token forged.token
want 1 'the go token is not valid' env BETTER_AUTH_SECRET=another-secret-of-32-characters-12 tenantry migrate sample run --execute --yes
old=$(token_of "$(date -d '25 hours ago' +%s)")
want 1 'the go token has expired' tenantry migrate sample run --execute --yes --token "$old"
echo '# a remark' >>sample.yaml
want 1 'is for another plan: the plan file has since changed' tenantry migrate sample run --execute --yes
sed -i '$d' sample.yaml
echo '-- changed' >>sql/journeys/sample/steps/020_notes.sql
want 1 'is of version' tenantry migrate sample run --execute --yes
sed -i '$d' sql/journeys/sample/steps/020_notes.sql
psql -Xqd source -c "UPDATE people SET name = 'New' WHERE id = 1"
want 1 'the source has changed since the plan' tenantry migrate sample run --execute --yes
psql -Xqd source -c "UPDATE people SET name = E'A\tname \\\\ of\n1' WHERE id = 1"
mkdir full
mount -t tmpfs -o size=16k none full 2>/dev/null && {
	want 1 'MB are needed' env TENANTRY_DATABASE_DISK="$work/full" tenantry migrate sample run --execute --yes
	umount full
}
tenantry maintenance schedule "$(date -u -d '+2 hours' '+%F %T+00')" 30 'We move the data.' >out 2>&1
want 1 'reschedule it' tenantry migrate sample run --execute --yes
tenantry maintenance reschedule "$(date -u -d '+10 minutes' '+%F %T+00')" 30 >out 2>&1
want 1 '"backup create" failed' env BACKUP_TO= tenantry migrate sample run --execute --yes
same "the target after refusals" "$before" "$(contents app)"
# A session holds the lock, as another run does.
coproc LOCK { psql -XAtqd app; }
lock=$LOCK_PID
echo 'SELECT pg_advisory_lock(30798237098472549);' >&"${LOCK[1]}"
read -r _ <&"${LOCK[0]}"
want 1 'another migration is running on this database' tenantry migrate sample run --execute --yes
eval "exec ${LOCK[1]}>&-"
wait "$lock" || :

# A run that is killed during its backup, which waits for a lock, leaves no running process.
backup_processes() {
	{ grep -lsz "^BACKUP_TO=$work/backups\$" /proc/[0-9]*/environ || :; } | while IFS=/ read -r _ _ pid _; do
		grep -sxE 'backup|pg_dump|pg_restore|psql' "/proc/$pid/comm" || :
	done
}
coproc LOCK { env -u BACKUP_TO psql -XAtqd app; }
lock=$LOCK_PID
echo "BEGIN; LOCK TABLE note; SELECT 'locked';" >&"${LOCK[1]}"
read -r _ <&"${LOCK[0]}"
tenantry migrate sample run --execute --yes >out 2>&1 </dev/null &
BACKGROUND=$!
until [[ $(backup_processes) == *pg_dump* ]]; do
	kill -0 $BACKGROUND 2>/dev/null || break
	sleep 0.01
done
kill -9 $BACKGROUND && held || fail "the run ended before its backup"
wait $BACKGROUND 2>/dev/null || :
for ((i = 0; i < 100; i++)); do
	[ -n "$(backup_processes)" ] || break
	sleep 0.1
done
same "processes after the kill" "" "$(backup_processes)"
same "databases after the kill" "" "$(databases | tr ' ' '\n' | grep scratch || :)"
eval "exec ${LOCK[1]}>&-"
wait "$lock" || :

# --- run, and its result
rm sample.log
TENANTRY_TEST_KILL_AT=2 killed tenantry migrate sample run --execute --yes
same "the state after a kill" running "$(psql -XAtqd app -c 'SELECT state FROM ops.migration')"
psql -Xq -c 'CREATE DATABASE begun TEMPLATE app OWNER owner'
want 0 'The migration is done.' tenantry migrate sample run --execute --yes
sum=$(checksum)
same "the planned maintenance" "done sample" "$(psql -XAtqF ' ' -d app -c 'SELECT state, journey FROM ops.maintenance')"
grep -q '"state":"done"' status/status.json && held || fail "the status page shows the end"
want 0 'is done already' tenantry migrate sample run --execute --yes
same "rows of the target" "2998 3997" "$(psql -XAtqF ' ' -d app -c 'SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM note)')"
grep -q 'migration_backup.total_30_bak_[0-9]*' <(psql -XAtqd app -c "SELECT oid::regclass FROM pg_class WHERE relname LIKE 'total%bak%'") && held || fail "overwritten rows are copied"
same "rejected rows" "55 1313" "$(sed -n 's/^"010_people","\([0-9]*\)".*/\1/p' sample.rejects.csv | sort -n | paste -sd ' ')"
grep -q 'the address has no @' sample.rejects.csv && grep -q 'violates check constraint' sample.rejects.csv &&
	held || fail "rejected rows have reasons"
same "the checksum of the report" "$(sha256sum <sample.report.json | cut -d' ' -f1)" \
	"$(psql -XAtqd app -c 'SELECT sum FROM ops.migration_report ORDER BY at DESC LIMIT 1')"
grep -q '<td>010_people.checksum</td><td>go</td>' sample.report.html && held || fail "the report is HTML, too"
same "known rows" 1 "$(psql -XAtqd app -c "SELECT known FROM ops.migration_step WHERE name = '010_people'")"
grep -Eq '[0-9]+ of 7000 rows, [0-9]+ rows/s, [0-9]+ s left, [0-9]+ lock waits' sample.log && held || fail "the log has the progress"
same "a sealed column" 30 "$(psql -XAtqd app -c "SELECT count(*) FROM person WHERE length(code) > 60")"
echo '# a remark' >>sample.yaml
want 1 'an earlier run is done and can still be rolled back' tenantry migrate sample run --execute --yes
sed -i '$d' sample.yaml
want 0 '010_people' tenantry migrate sample status
want 0 '"state": "done"' tenantry migrate sample status --json
want 0 'done, step' tenantry migrate sample watch
grep -Eq 'CPU [0-9]+ %, memory [1-9][0-9]* of [1-9][0-9]* MB free, disk ([1-9][0-9]*|\?) MB free, [1-9]' out && held || fail "watch: $(cat out)"
want 0 'go: ' tenantry migrate sample verify --seed 42
psql -Xqd app -c "UPDATE person SET name = 'Tampered' WHERE id = 10"
want 1 'NO-GO: 010_people.checksum' tenantry migrate sample verify
psql -Xqd app -c "UPDATE person SET name = E'A\tname \\\\ of\n10' WHERE id = 10"
psql -Xqd source -c 'UPDATE people SET born = born + 1 WHERE id = 1'
want 1 'NO-GO: source.unchanged' tenantry migrate sample verify
psql -Xqd source -c 'UPDATE people SET born = born - 1 WHERE id = 1'
want 2 'there is no step 099' tenantry migrate sample retry-rejects 099
psql -Xqd app -c 'ALTER TABLE person DROP CONSTRAINT person_id_check'
want 0 '4 rejected' tenantry migrate sample retry-rejects 010_people
want 0 '3 rejected' tenantry migrate sample retry-rejects
grep -q ' 7000 of 7000 rows' out && held || fail "rows that are tried again are counted once"
want 0 'go: ' tenantry migrate sample verify
want 1 'less than 48 hours ago' tenantry migrate sample finish --execute --yes
want 1 'no migration sample is running' tenantry migrate sample set batch=5

# --- rollback, with later changes
psql -Xqd app -c "UPDATE person SET name = 'Jane O''Hara', changed = true WHERE id = 20" \
	-c "INSERT INTO person VALUES (1000001, 'new@example.org', 'New', NULL, NULL, NULL, true)"
want 1 'the name does not match' bash -c 'echo no | tenantry migrate sample rollback --execute'
# Autovacuum holds this lock, also during the dry run, whose rates predict the time left. No step may wait for it.
psql -Xqd app -c 'UPDATE note SET text = text' -c 'BEGIN; LOCK TABLE note, person IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(60)' >/dev/null 2>&1 &
until psql -XAtqd app -c "SELECT mode FROM pg_locks WHERE relation = 'note'::regclass" | grep -q ShareUpdateExclusiveLock; do sleep 0.05; done
want 0 'The migration is rolled back.' tenantry migrate sample rollback --execute --yes
same "waits for autovacuum" 0 "$(grep -c 'STATEMENT:.*ANALYZE' "${TEST_PGDATA%/data}/server.log")"
psql -Xqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()" >/dev/null
grep -Eq ' [1-9][0-9]{3} of 6996 rows, [0-9]+ rows/s, [0-9]+ s left' sample.log && held || fail "the log has the progress of a rollback"
same "the mode of the log" 600 "$(stat -c %a sample.log)"
grep -q '2 rows were written after the migration' out && held || fail "rows written since are counted"
grep -qxF "UPDATE public.people SET name = 'Jane O''Hara' WHERE id = 20;" sample.return.sql && held || fail "statements for the source"
grep -qF '1000001 is called New now (the source cannot store it)' sample.return.txt && held || fail "the list of rows written since"
psql -Xqd app -c 'DELETE FROM person WHERE id = 1000001'
psql -Xqd app -c 'ALTER TABLE person ADD CHECK (id <> 1313)'
same "the target after the rollback" "$before" "$(contents app)"
same "the source" "$untouched" "$(contents source)"
want 1 'there is no migration sample to undo' tenantry migrate sample rollback --execute --yes
psql -Xqd app -c "UPDATE ops.migration SET ended_at = now() - interval '49 hours'"
want 0 'it can no longer be rolled back' tenantry migrate sample finish --execute --yes
same "backup tables after finish" '' "$(psql -XAtqd app -c "SELECT relname FROM pg_class WHERE relname LIKE '%_bak_%'")"

# --- killed at every point of a run and of a rollback, and at random times
psql -Xq -c 'DROP DATABASE app'
kill_everywhere forward begun "$sum" tenantry migrate sample run --execute --yes
kill_at_random 20 begun "$sum" tenantry migrate sample run --execute --yes
copy begun app
tenantry migrate sample run --execute --yes >out 2>&1
psql -Xq -c 'ALTER DATABASE app RENAME TO complete'
same "points where a run was killed" yes "$([ "$points" -gt 20 ] && echo yes || echo "only $points")"
kill_everywhere back complete "$before" tenantry migrate sample rollback --execute --yes
kill_at_random 20 complete "$before" tenantry migrate sample rollback --execute --yes

# Rejected rows are retried as a whole, or remain rejected.
copy complete app
psql -Xqd app -c 'ALTER TABLE person DROP CONSTRAINT person_id_check'
psql -Xq -c 'ALTER DATABASE app RENAME TO retry'
copy retry app
want 0 '3 rejected' tenantry migrate sample retry-rejects
retried=$(checksum)
kill_everywhere forward retry "$retried" tenantry migrate sample retry-rejects
copy retry app
psql -Xqd app -c "CREATE FUNCTION goes_away() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
	PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END \$\$" \
	-c 'ALTER FUNCTION goes_away SECURITY DEFINER' \
	-c 'CREATE TRIGGER goes_away BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION goes_away()'
want 1 'the connection to the target is lost; what was committed is kept' tenantry migrate sample retry-rejects
psql -Xqd app -c 'DROP FUNCTION goes_away CASCADE'
want 0 '3 rejected' tenantry migrate sample retry-rejects
same "the checksum after an outage" "$retried" "$(checksum)"

# --- stopped, failing and disturbed runs
copy begun app
signal_soon INT tenantry migrate sample run --execute --yes
grep -q 'stopped by a signal, after a whole batch; run the same command to continue' out && held || fail "Ctrl-C stops after a batch"
same "the state after Ctrl-C" paused "$(psql -XAtqd app -c 'SELECT state FROM ops.migration')"
want 0 'The migration is done.' tenantry migrate sample run --execute --yes
same "the checksum after Ctrl-C" "$sum" "$(checksum)"
# A source that changes during the run differs from what was migrated.
copy begun app
psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100'
background tenantry migrate sample run --execute --yes
psql -Xqd source -c 'UPDATE people SET born = born + 1 WHERE id = 1'
wait $BACKGROUND && fail "a source that changes meanwhile" || held
grep -q 'NO-GO: source.unchanged' out && held || fail "a changed source is a no-go"
psql -Xqd source -c 'UPDATE people SET born = born - 1 WHERE id = 1'
copy begun app
end_connection_soon tenantry migrate sample run --execute --yes
grep -q 'the connection to the target is lost; what was committed is kept' out && held || fail "a lost connection is named"
want 0 'The migration is done.' tenantry migrate sample run --execute --yes
same "the checksum after a lost connection" "$sum" "$(checksum)"
copy begun app
psql -Xqd app -c "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
	RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END \$\$" \
	-c 'CREATE TRIGGER full_disk BEFORE INSERT ON note EXECUTE FUNCTION full_disk()'
want 1 'No space left on device' tenantry migrate sample run --execute --yes
grep -q '020_notes failed; the steps before it are kept' out && held || fail "a failed step is named"
same "what a failed step leaves" "2998 0 done waiting" "$(psql -XAtqF ' ' -d app -c "SELECT (SELECT count(*) FROM person),
	(SELECT count(*) FROM note), (SELECT string_agg(state, ' ' ORDER BY step) FROM ops.migration_step WHERE step < 30)")"
psql -Xqd app -c 'DROP FUNCTION full_disk CASCADE'
want 0 'The migration is done.' tenantry migrate sample run --execute --yes
same "the checksum after a full disk" "$sum" "$(checksum)"
# A lock that another session holds for a while, and a setting that changes during a run.
copy begun app
coproc LOCK { psql -XAtqd app; }
lock=$LOCK_PID
echo "BEGIN; LOCK TABLE note IN SHARE MODE; SELECT 'locked';" >&"${LOCK[1]}"
read -r _ <&"${LOCK[0]}"
background tenantry migrate sample run --execute --yes
until [ "$(psql -XAtqd app -c 'SELECT lock_waits > 0 FROM ops.migration_progress')" = t ]; do sleep 0.05; done
eval "exec ${LOCK[1]}>&-"
wait "$lock" || :
wait $BACKGROUND && held || fail "a run that waits for a lock"
grep -Eq '[1-9][0-9]* lock waits' sample.log && held || fail "lock waits are counted"
copy begun app
psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100'
background tenantry migrate sample run --execute --yes
tenantry migrate sample set batch=50 pause=1 lock-timeout=700
wait $BACKGROUND && held || fail "a run whose settings change"
same "settings changed while it runs" "50 1 700" "$(psql -XAtqF ' ' -d app -c 'SELECT batch_rows, pause_ms, lock_timeout_ms FROM ops.migration')"
# On a busy server, the run waits until fewer sessions run a query.
copy begun app
psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100, max_sessions = 1'
background tenantry migrate sample run --execute --yes
for i in 1 2 3; do
	psql -Xq -U owner -d app -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &
	sleepers[i]=$!
done
until psql -XAtqd app -c 'SELECT throttled FROM ops.migration_progress' | grep -q 'sessions run a query'; do sleep 0.05; done
rows() { psql -XAtqd app -c 'SELECT sum(read) FROM ops.migration_step'; }
n=$(rows)
sleep 1
same "rows while the server is busy" "$n" "$(rows)"
psql -XAtqc "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'" >/dev/null
wait $BACKGROUND && held || fail "a run that was throttled"
wait "${sleepers[@]}" || :
# The standby server replays changes 3 s late.
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --init-groups)
standby=$PGHOST/standby
(cd / && "${as[@]}" pg_basebackup -D "$standby" -R -c fast &&
	"${as[@]}" pg_ctl -D "$standby" -o '-p 5433 -c recovery_min_apply_delay=3s' -l "$standby/log" -w start) >out 2>&1 </dev/null || fail "no standby server"
psql -Xqc 'GRANT pg_monitor TO owner'
copy begun app
psql -Xqd app -c 'UPDATE ops.migration SET pause_ms = 50, batch_rows = 100'
background tenantry migrate sample run --execute --yes
tenantry migrate sample set max-lag=500
until psql -XAtqd app -c 'SELECT throttled FROM ops.migration_progress' | grep -Eq 'a standby server is [0-9]+ ms behind'; do sleep 0.05; done
n=$(rows)
sleep 1
same "rows while a standby server is behind" "$n" "$(rows)"
(cd / && "${as[@]}" pg_ctl -D "$standby" -m immediate -w stop) >/dev/null
wait $BACKGROUND && held || fail "a run that waited for a standby server"
psql -Xqc 'REVOKE pg_monitor FROM owner'
# More than 1 % of the rows are rejected, and a step loses a row.
sed -i 's/WHERE NOT EXISTS (SELECT FROM public.person p WHERE p.id = b.id)/& AND b.id <> 2222/' sql/journeys/sample/steps/010_people.sql
psql -Xqd source -c "UPDATE people SET address = 'bad' || id WHERE id % 10 = 0"
copy begun app
# The source has different findings than before the run, and the rollback reports them.
want 1 'NO-GO: source_addresses' tenantry migrate sample rollback --execute --yes
tenantry migrate sample plan >out 2>&1
# The verdict, the reasons and the next command are on standard output, even as JSON.
tenantry migrate sample dry-run >stdout 2>/dev/null </dev/null && fail "more than 1 % of the rows rejected" || same "the status of a no-go" 1 $?
same "what is on standard output" "1 1 1 0" "$(grep -cx 'NO-GO: [0-9]* of [0-9]* rules hold; the report is sample.report.html' stdout) $(
	grep -c 'NO-GO: source.warnings: At most 1 % of the rows are rejected or cause a warning: [0-9.]* %$' stdout
) $(
	grep -cx 'Next: tenantry migrate sample plan' stdout
) $(grep -c '^go' stdout)"
tenantry migrate sample dry-run --json >stdout 2>/dev/null </dev/null && fail "more than 1 % of the rows rejected" || held
same "the verdict as JSON" "no-go dry-run sample.report.json true tenantry migrate sample plan" "$(node -e '
	const v = JSON.parse(require("fs").readFileSync("stdout"));
	console.log(v.verdict, v.verb, v.report, v.rejected > 70 && v.reasons.some((r) => r.startsWith("source.warnings: ")), v.next);')"
grep -q '"010_people","2222","it was not written, and the target does not have it"' sample.rejects.csv && held ||
	fail "a row that a step loses is rejected"

summary migrate
