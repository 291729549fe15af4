#!/bin/bash
# drill.sh - tenantry drill: a restore to the second with pgBackRest, and its
# proof
#
# BUILD is the build folder.  Uses a separate server, which is restarted.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v pgbackrest >/dev/null || {
	echo "drill: no pgbackrest here"
	exit 77
}
[ -z "${TEST_PGDATA:-}" ] || [ -n "${DRILL_SERVER:-}" ] || unset TEST_PGDATA
[ -n "${TEST_PGDATA:-}" ] || DRILL_SERVER=own exec "$here/../with-postgres" "$here/drill.sh" "$@"
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"
need_build

tenantry=$BUILD/tenantry
work=$(scratch drill-test)
trap 'rm -rf "$work"' EXIT
chmod 711 "$work"
mkdir -m 1777 "$work/temp" "$work/repo" "$work/log" "$work/lock" "$work/spool"
export TENANTRY_SQL=$SOURCES TENANTRY_LIBEXEC=$SOURCES/libexec TMPDIR=$work/temp
export PGBACKREST_CONFIG=$work/pgbackrest.conf PGBACKREST_REPO1_PATH=$work/repo \
	PGBACKREST_LOG_PATH=$work/log PGBACKREST_LOCK_PATH=$work/lock PGBACKREST_SPOOL_PATH=$work/spool
export PGOPTIONS='-c client_min_messages=warning'

# add NAME: adds a tag, and prints the time of the change.
add() {
	psql -XAtqd tenantry -v ON_ERROR_STOP=1 -c "SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false)" \
		-c "INSERT INTO crm.tags (name, color) VALUES ('$1', '#abc')" \
		-c "SELECT max(at)::timestamptz(0) FROM ops.audit_log" | tail -n 1
}

# document N: runs a block of docs/backups.md that names this test.
document() {
	awk -v n="$1" '/^```sh .*system\/drill\.sh/ { block++; on = 1; next }
		/^```$/ { on = 0 } on && block == n' "$SOURCES/docs/backups.md" >"$work/block"
	[ -s "$work/block" ] && PATH=$(dirname "$tenantry"):$PATH time=$time bash -euo pipefail "$work/block"
}

time=
export TZ=UTC PGTZ=UTC
psql -Xq -c 'CREATE ROLE tenantry LOGIN CREATEROLE' -c 'CREATE DATABASE tenantry OWNER tenantry'
export DATABASE_URL="postgresql:///tenantry?host=$PGHOST&user=tenantry"
"$tenantry" schema up >/dev/null
TENANTRY_DEMO_PASSWORD='correct horse battery' "$tenantry" seed demo >/dev/null

want 1 'restart it, then run tenantry drill setup again' "$tenantry" drill setup
restart_postgres
# These settings apply to the next restart, but not to a scratch cluster.
psql -Xq -c "ALTER SYSTEM SET listen_addresses = '192.0.2.1'" -c 'ALTER SYSTEM SET port = 5433'
want 0 'each change is archived within 60 s' document 1
want 0 'each change is archived' "$tenantry" drill setup
sleep 11
before=$(add before)
sleep 2
time=$(date '+%Y-%m-%d %H:%M:%S')
sleep 2
add after >/dev/null
want 0 "the last of $before; 1 later ones are not" document 2
same 'P74 the restored second' "restored to $time+00 in" "$(grep -o 'restored to .* in' "$work/out")"
sleep 1
now=$(date '+%Y-%m-%d %H:%M:%S')
sleep 1
want 0 '0 later ones are not' env TZ=EST5 "$tenantry" drill --to "$(TZ=EST5 date -d "$now UTC" '+%Y-%m-%d %H:%M:%S')"

# --- refusals, and findings
want 2 'missing required option --to' "$tenantry" drill
want 1 'is no time' "$tenantry" drill --to yesterdayish
want 1 'is not in the past' "$tenantry" drill --to '2100-01-01'
want 1 'there is no backup of before' "$tenantry" drill --to '2020-01-01 00:00'
psql -Xqd tenantry -c 'SET session_replication_role = replica' -c "DELETE FROM ops.audit_log WHERE id = (SELECT min(id) FROM ops.audit_log)"
want 1 'were restored, or they differ' "$tenantry" drill --to "$now"
# the archive lacks this segment
segment=$(psql -XAtqc 'SELECT pg_walfile_name(pg_current_wal_lsn())')
sleep 1
late=$(date '+%Y-%m-%d %H:%M:%S')
sleep 1
psql -Xqo /dev/null -c 'SELECT pg_current_xact_id()' -c 'SELECT pg_switch_wal()'
until [ "$(psql -XAtqc "SELECT last_archived_wal >= '$segment' FROM pg_stat_archiver")" = t ]; do sleep 0.1; done
rm "$work"/repo/archive/tenantry/*/*/"$segment"-*
want 1 'the restored cluster ended before' timeout 60 "$tenantry" drill --to "$late"
# state PATTERN: prints what doctor and the metrics report about the archive.
state() {
	[[ $(psql -XAtqd tenantry -c "SELECT verdict || ' ' || amount || ' ' || said FROM ops.server_state() WHERE name = 'archive'" | tee "$work/out") =~ $1 ]] &&
		held || fail "the archive is not: $1"
}
state '^ok [0-9.]+ .* of the write-ahead log wait for it$'
psql -Xq -c "ALTER SYSTEM SET archive_command = 'false'" -c 'SELECT pg_reload_conf()' >/dev/null
sleep 1
psql -Xqo /dev/null -c 'SELECT pg_current_xact_id()' -c 'SELECT pg_switch_wal()' -c 'SELECT pg_current_xact_id()'
until [ "$(psql -XAtqc 'SELECT last_failed_time > last_archived_time FROM pg_stat_archiver')" = t ]; do sleep 0.1; done
state '^warn [1-9][0-9.]* the write-ahead log cannot be archived since 20.* UTC, and fills the disk of Postgres, with '
psql -Xq -c "ALTER SYSTEM SET archive_command = 'true'" -c 'SELECT pg_reload_conf()' >/dev/null
want 1 'in another way, which setup does not replace: true' "$tenantry" drill setup
same 'what is left' '' "$(ls "$TMPDIR")"

summary drill
