#!/bin/bash
# upgrade.sh - tenantry backup rehearse, and tenantry upgrade without a machine to upgrade
#
# The installation is of the previous release: upgrade/previous.tar.gz has its migrations/ and
# schema/, made by "git archive --format=tar TAG migrations schema | gzip -n9". This tree must be
# compatible with that release. BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$here/upgrade.sh" "$@"
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"
need_build

work=$(scratch upgrade-test)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/temp"
ln -s "$(cd "$BUILD" && pwd)/tenantry" "$work/bin/tenantry"
export PATH=$work/bin:$PATH TENANTRY_LIBEXEC=$SOURCES/libexec PGOPTIONS='-c client_min_messages=warning'
export TENANTRY_SQL=$work/previous TMPDIR=$work/temp # kills leave files there

databases() {
	psql -XAtqc 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1' | paste -sd ' '
}

# release: makes $work/new, the release of this tree.
release() {
	rm -rf "$work/new"
	mkdir -p "$work/new/usr/bin" "$work/new/usr/share/tenantry"
	ln -s "$work/bin/tenantry" "$work/new/usr/bin/tenantry"
	cp -r "$SOURCES/migrations" "$SOURCES/schema" "$work/new/usr/share/tenantry"
}

# changed UP DOWN [DEFINITION]: makes $work/new with one additional migration and one additional
# file of definitions.
changed() {
	local files=$work/new/usr/share/tenantry
	release
	printf '%s\n' "$1" '-- down' "$2" >"$files/migrations/900_test.sql"
	# Numbers are consecutive.
	mv "$files/migrations/900_test.sql" \
		"$files/migrations/$(printf %03d $(($(find "$files/migrations" -name '[0-9]*.sql' | wc -l))))_test.sql"
	[ -z "${3:-}" ] || echo "$3" >"$files/schema/crm/upgrade_test.sql"
}

mkdir "$work/previous"
tar -C "$work/previous" -xzf "$here/upgrade/previous.tar.gz"
psql -Xq -c 'CREATE ROLE owner LOGIN CREATEROLE' -c 'CREATE ROLE keeper LOGIN BYPASSRLS CREATEDB CREATEROLE' \
	-c 'GRANT pg_read_all_data TO keeper' -c 'CREATE DATABASE app OWNER owner'
export DATABASE_URL="postgresql:///app?host=$PGHOST&user=owner"
export BACKUP_DATABASE_URL="postgresql:///app?host=$PGHOST&user=keeper" BACKUP_TO=$work/backups
tenantry schema up >/dev/null
TENANTRY_DEMO_PASSWORD='correct horse battery' tenantry seed demo >/dev/null

# --- refusals
want 2 'there is no release in' tenantry backup rehearse "$work"
release
want 1 'there is no backup in' tenantry backup rehearse "$work/new"
want 0 'restored and equal' tenantry backup
name=$(tenantry backup list)
psql -Xq -c 'CREATE DATABASE app_rehearsal OWNER keeper'
psql -Xqd app_rehearsal -c 'CREATE TABLE mine ()'
want 1 'the database app_rehearsal is not made by Tenantry' tenantry backup rehearse "$work/new"
same 'a database of that name' 'app app_rehearsal postgres' "$(databases)"
psql -Xqd app_rehearsal -c 'DROP TABLE mine' # a rehearsal that is killed at its start leaves an empty database
want 1 'there is no tenantry-x' tenantry backup rehearse "$work/new" tenantry-x

# --- this tree is compatible with the previous release, or a migration says that it is not
want 0 '' tenantry backup rehearse "$work/new" "$name"
same 'P80 the rehearsal' 'the new schema' "$(grep -o 'the new schema' "$work/out")"

# --- a change by one migration, to an installation of this tree
mkdir "$work/current"
cp -r "$SOURCES/migrations" "$SOURCES/schema" "$work/current"
export TENANTRY_SQL=$work/current
tenantry schema up >/dev/null
sleep 1 # names of backups contain seconds
want 0 'restored and equal' tenantry backup
changed 'ALTER TABLE crm.tasks ADD upgrade_test text;
ALTER TABLE crm.tasks ADD upgrade_wanted text NOT NULL DEFAULT $$x$$;' \
	'ALTER TABLE crm.tasks DROP upgrade_test, DROP upgrade_wanted;' \
	'CREATE OR REPLACE FUNCTION crm.upgrade_test() RETURNS int LANGUAGE sql AS $$SELECT 1$$;'
want 0 'this release can use the new schema' tenantry backup rehearse "$work/new"
grep -qE '^the schema is updated, in [0-9]+ ms$' "$work/out" && held || fail "no time"
same 'databases left' 'app postgres' "$(databases)"
want 0 'up to date' tenantry schema plan

# --- something that the installed release uses is missing
# breaks SAYS UP [SCRIPT]: SCRIPT is a sed script for schema/crm/time_zone.sql.
breaks() {
	changed "$2" 'SELECT 1;'
	sed -i "${3:-}" "$work/new/usr/share/tenantry/schema/crm/time_zone.sql"
	want 1 "$1" tenantry backup rehearse "$work/new"
	grep -q 'and no migration says so' "$work/out" && held || fail "it does not say why"
}
breaks 'column crm.tasks.upgrade has no default' 'ALTER TABLE crm.tasks ADD upgrade text NOT NULL DEFAULT $$x$$;
ALTER TABLE crm.tasks ALTER upgrade DROP DEFAULT;'
breaks 'function crm.check_time_zone(text) void is gone' 'DROP FUNCTION IF EXISTS crm.check_time_zone(text);' \
	'/^CREATE OR REPLACE FUNCTION crm.check_time_zone(name text)/,/^GRANT/d'
changed 'DROP FUNCTION IF EXISTS ops.expire_mail();' 'SELECT 1;'
sed -i 's/recipient text, status text, error text)/recipient text, status text)/; s/m.status, m.error$/m.status/' \
	"$work/new/usr/share/tenantry/schema/ops/mail.sql"
want 1 'function ops.expire_mail() TABLE(error text) is gone' tenantry backup rehearse "$work/new"
breaks 'privilege tenantry_app SELECT crm.favicons_excluded_domains is gone' \
	'REVOKE SELECT ON crm.favicons_excluded_domains FROM tenantry_app;'
breaks 'column ops.backup.reason text is gone' 'ALTER TABLE ops.backup DROP reason;'
changed '-- incompatible: reasons are gone
ALTER TABLE ops.backup DROP reason;' 'SELECT 1;'
want 0 '  incompatible: reasons are gone' tenantry backup rehearse "$work/new"
grep -q 'this release cannot use the new schema' "$work/out" && held || fail "it does not say so"

# --- a release that fails, and a rehearsal that is killed, leave nothing behind
changed 'SELECT 1 / 0;' 'SELECT 1;'
want 1 'the schema cannot be updated' tenantry backup rehearse "$work/new"
grep -q '_test.sql:1: division by zero' "$work/out" && held || fail "it does not say why"
same 'databases left' 'app postgres' "$(databases)"
changed 'SELECT pg_sleep(60);' 'SELECT 1;'
setsid tenantry backup rehearse "$work/new" >/dev/null 2>&1 &
killed=$!
until [ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()")" != 0 ]; do
	kill -0 $killed 2>/dev/null || {
		echo "FAILED: it does not get to its step"
		exit 1
	}
	sleep 0.1
done
want 1 'it is in use' tenantry backup rehearse "$work/new"
kill -9 -- -$killed
wait $killed 2>/dev/null || :
release
for _ in $(seq 100); do
	[ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app_rehearsal'")" != 0 ] || break
	sleep 0.1
done
same 'databases after a kill' 'app app_rehearsal postgres' "$(databases)"
want 0 ' the new schema' tenantry backup rehearse "$work/new"
same 'databases left' 'app postgres' "$(databases)"

# --- the key of a backup is on a different machine
age-keygen -o "$work/key" 2>/dev/null
export BACKUP_RECIPIENT BETTER_AUTH_SECRET=secret-of-the-upgrade-test-0123456789
BACKUP_RECIPIENT=$(age-keygen -y "$work/key")
sleep 1 # names contain seconds
want 0 'restored and equal' tenantry backup
want 0 'a dump is restored' tenantry backup rehearse "$work/new"
BACKUP_IDENTITY=$work/key want 0 '.age is restored' tenantry backup rehearse "$work/new"

# --- tenantry upgrade without a package on this machine
want 2 'the file of the package is missing' tenantry upgrade
want 2 '--back takes no package' tenantry upgrade --back x
if ! dpkg-query -W tenantry >/dev/null 2>&1; then
	said='the package tenantry is not installed here'
	[ "$(id -u)" = 0 ] || said='run this as root'
	want 1 "$said" tenantry upgrade --plan x
	want 1 "$said" tenantry upgrade --back
	same 'files of an upgrade' '' "$(ls -d /var/lib/tenantry-upgrade 2>/dev/null || :)"
fi

summary upgrade
