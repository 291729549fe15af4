#!/bin/bash
# backup.sh - tenantry backup and restore: equal data after a loss, and no backup that cannot be restored
#
# BUILD is the build folder.  Uses a separate server, so that roles can be deleted.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$here/backup.sh" "$@"
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"
. "$here/../lib/clients.sh"
need_build

tenantry=$BUILD/tenantry
export TENANTRY_SQL=$SOURCES TENANTRY_LIBEXEC=$SOURCES/libexec
work=$(scratch backup-test)
chmod 755 "$work"
writer= sshd= bucket=
with_clients "$here/jobs" # the S3 server
finish() {
	local pid
	for pid in $writer $sshd $bucket; do
		kill "$pid" 2>/dev/null || :
	done
	rm -rf "$work" "${WORK%/system/jobs}"
}
trap finish EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

# sum DATABASE: prints sums that a reader of the test can check by hand.
sum() {
	psql -XAtqd "$1" -c "SELECT count(*), sum(hashtextextended(c::text, 0)) FROM crm.contacts c" \
		-c "SELECT count(*), sum(hashtextextended(c::text, 0)) FROM identity.\"user\" c" \
		-c "SELECT count(*), sum(hashtextextended(c::text, 0)) FROM ops.audit_log c" \
		-c "SELECT count(*) FROM pg_policies"
}

psql -Xq -c 'CREATE ROLE owner LOGIN CREATEROLE' -c 'CREATE ROLE keeper LOGIN BYPASSRLS CREATEDB CREATEROLE' \
	-c 'GRANT pg_read_all_data TO keeper' -c 'CREATE DATABASE app OWNER owner'
export DATABASE_URL="postgresql:///app?host=$PGHOST&user=owner"
export BACKUP_DATABASE_URL="postgresql:///app?host=$PGHOST&user=keeper" BACKUP_TO=$work/backups
"$tenantry" schema up >/dev/null
TENANTRY_DEMO_PASSWORD='correct horse battery' "$tenantry" seed demo >/dev/null
psql -Xqd app -c "UPDATE identity.\"user\" SET role = 'admin'"
mkdir "$work/uploads"
export UPLOAD_DIR=$work/uploads BETTER_AUTH_SECRET=a-secret-of-more-than-32-characters
picture=$(printf %040d 1).png lost=$(printf %040d 2).png
mkdir "$UPLOAD_DIR/00"
echo picture >"$UPLOAD_DIR/00/$picture"
echo other >"$UPLOAD_DIR/00/$(printf %040d 3).png" # no row refers to this file
for name in $picture $lost; do
	psql -Xqd app -c "INSERT INTO ops.file (name, org_id, type, size, place)
		SELECT '$name', id, 'image/png', 8, 'local' FROM identity.organization LIMIT 1"
done

# --- a backup during writes
(while :; do
	psql -Xqd app -c "SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false)" \
		-c "INSERT INTO crm.contacts (first_name, last_name) SELECT 'n', n::text FROM generate_series(1, 50) n" >/dev/null
done) 2>/dev/null &
writer=$!
want 1 'backup accept' "$tenantry" backup
grep -q "1 files of rows are not in .*$lost" "$work/out" && held || fail "a missing file is not named"
"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
grep -q "^FAIL  files .*1 of 2 files of rows are not in $UPLOAD_DIR, such as $lost" "$work/out" && held || fail 'doctor misses no file'
psql -Xqd app -c "DELETE FROM ops.file WHERE name = '$lost'"
sleep 1 # names contain seconds
chmod 640 "$UPLOAD_DIR/00/$picture"
want 0 'restored and equal' "$tenantry" backup
grep -q 'not encrypted and without the settings' "$work/out" && held || fail "no warning"
kill $writer
wait $writer 2>/dev/null || :
writer=
want 0 'tenantry-' "$tenantry" backup list
same 'databases left' 'app postgres' "$(psql -XAtqc 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1' | paste -sd ' ')"
same 'recorded' 'failed verified' "$(psql -XAtqd app -c 'SELECT state FROM ops.backup ORDER BY started_at' | paste -sd ' ')"
# nginx is in the group of the folder. Checks the modes of the folder and of its contents.
"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
grep -q '^ok    files ' "$work/out" && held || fail 'doctor misses a file'
for place in "$UPLOAD_DIR" "$UPLOAD_DIR/00" "$UPLOAD_DIR/00/$picture"; do
	mode=$(stat -c %a "$place")
	chmod go= "$place"
	"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
	grep -q '^FAIL  files .*nginx cannot read' "$work/out" && held || fail "doctor: $place"
	chmod "$mode" "$place"
done
chmod go= "$UPLOAD_DIR"
sleep 1
want 1 'nginx cannot read 1 files or folders' "$tenantry" backup
chmod 750 "$UPLOAD_DIR"
want 0 'equal to its manifest' "$tenantry" backup verify
plain=$("$tenantry" backup list 2>/dev/null)
same 'the settings' '' "$(tar -tf "$BACKUP_TO/$plain" | grep settings || :)"

# --- encrypted, and everything lost: the database, the roles, the files
age-keygen -o "$work/key" 2>/dev/null
export BACKUP_RECIPIENT BACKUP_IDENTITY=
BACKUP_RECIPIENT=$(age-keygen -y "$work/key")
sleep 1 # names contain seconds
want 0 'restored and equal' "$tenantry" backup create
name=$("$tenantry" backup list | tail -n 1)
same 'a name of an encrypted backup' .age "${name: -4}"
grep -q crm.contacts "$BACKUP_TO/$plain.rows" && held || fail 'the numbers of rows'
grep -aq crm. "$BACKUP_TO/$name.rows" && fail 'the numbers of rows are not encrypted' || held
before=$(sum app)
psql -Xq -c 'DROP DATABASE app'
for role in tenantry_app tenantry_audit tenantry_mcp tenantry_mcp_writer tenantry_search tenantry_better_auth tenantry_console tenantry_factory; do psql -Xqc "DROP ROLE $role"; done
rm -r "$UPLOAD_DIR"
want 1 'the database of DATABASE_URL does not answer' "$tenantry" restore
psql -Xq -c 'CREATE DATABASE app OWNER owner'
cd "$work"
want 1 'is encrypted; set BACKUP_IDENTITY' "$tenantry" restore
age-keygen -o "$work/other" 2>/dev/null
BACKUP_IDENTITY=$work/other
want 1 'has another key' "$tenantry" restore
BACKUP_IDENTITY=$work/key
want 1 'there is no tenantry-x' "$tenantry" restore tenantry-x
want 0 'is restored, and equal to the backup' "$tenantry" restore "$name"
same 'the record of the restored backup' "verified $name" "$(psql -XAtqd app -c "SELECT state || ' ' || name FROM ops.backup")"
same 'P73 the restored data' "$before" "$(sum app)"
same 'the files' "00/$picture 640 picture" "$(cd "$UPLOAD_DIR" && stat -c '%n %a' */*) $(cat "$UPLOAD_DIR"/*/*)"
same 'the folder' 750 "$(stat -c %a "$UPLOAD_DIR")"
same 'the secret' "BETTER_AUTH_SECRET=$BETTER_AUTH_SECRET" "$(grep BETTER_AUTH_SECRET "$work"/settings-*)"
want 0 '' "$tenantry" schema verify
same 'the owner' owner "$(psql -XAtqd app -c "SELECT tableowner FROM pg_tables WHERE tablename = 'contacts'")"
same 'a worker sees only its organization' 0 "$(psql -XAtqd app -c 'SET ROLE tenantry_app' -c 'SELECT count(*) FROM crm.contacts')"

# --- a different secret could not decrypt the contents of the backup's database
rm "$work"/settings-*
BETTER_AUTH_SECRET=another-secret-of-more-than-32-characters want 1 'another BETTER_AUTH_SECRET than the backup' \
	"$tenantry" restore "$name" --yes-i-mean app
same 'the data after a refusal' "$before" "$(sum app)"
same 'the secret after a refusal' "BETTER_AUTH_SECRET=$BETTER_AUTH_SECRET" "$(grep BETTER_AUTH_SECRET "$work"/settings-*)"
one=1:one-secret-of-more-than-32-characters
sleep 1
BETTER_AUTH_SECRETS=$one want 0 'restored and equal' "$tenantry" backup
rotated=$("$tenantry" backup list | tail -n 1)
for others in '' "1$one"; do
	BETTER_AUTH_SECRETS=$others want 1 'another BETTER_AUTH_SECRET than the backup' "$tenantry" restore "$rotated" --yes-i-mean app
done
for others in "$one" "2:two-secret-of-more-than-32-characters,$one"; do
	BETTER_AUTH_SECRETS=$others want 0 'equal to the backup' "$tenantry" restore "$rotated" --yes-i-mean app
done
BETTER_AUTH_SECRETS=$one want 0 'equal to the backup' "$tenantry" restore "$name" --yes-i-mean app

# --- the secret decrypts what was encrypted with it
psql -Xqd app -c "INSERT INTO identity.signing_key (id, public_key, private_key) VALUES ('x', '{}',
	'$(printf '%0160d' 0)')"
"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
grep -q '^FAIL  sealed values  .*BETTER_AUTH_SECRET is not the one .*: keys that sign tokens' "$work/out" && held || fail 'a value that does not open'
sleep 1
want 0 'restored and equal' "$tenantry" backup
want 1 'the rest is restored, but BETTER_AUTH_SECRET is not the one' "$tenantry" restore --yes-i-mean app
psql -Xqd app -c "DELETE FROM identity.signing_key"
sleep 1
want 0 'restored and equal' "$tenantry" backup

# --- a database with data is not overwritten by mistake
want 2 'is not empty; --yes-i-mean app' "$tenantry" restore "$name"
want 2 'is not empty' "$tenantry" restore "$name" --yes-i-mean other
psql -Xqd app -c "DELETE FROM ops.backup" -c "UPDATE identity.\"user\" SET name = 'changed'"
want 0 'is restored' "$tenantry" restore "$name" --yes-i-mean app
grep -q NOTICE "$work/out" && fail 'it names each dropped view' || held
same 'the data after a second restore' "$before" "$(sum app)"

# --- a program that is killed restores nothing
mkdir "$work/bin"
cat >"$work/bin/pg_restore" <<-END
	#!/bin/sh
	case "\$*" in *"-f -"*) ;; *) exec $(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")/pg_restore "\$@" ;; esac
	echo 'CREATE TABLE public.half (t text); COPY public.half FROM stdin;'
	printf 'a row that is cut'
	kill -9 \$\$
END
chmod +x "$work/bin/pg_restore"
sed 's|PATH=$bin:$PATH|PATH=$PATH|' "$SOURCES/libexec/backup" >"$work/bin/backup"
chmod +x "$work/bin/backup"
PATH=$work/bin:$PATH TENANTRY_LIBEXEC=$work/bin want 1 'nothing was restored' "$tenantry" restore "$name" --yes-i-mean app
same 'the data after a killed restore' "$before" "$(sum app)"

# --- damage is found: a changed byte, a missing end, a missing table, a missing file
damaged="tenantry-20200101T000000Z.tar"
damage() { # COMMAND...
	rm -rf "$work/u" && mkdir "$work/u" && tar -C "$work/u" -xf "$BACKUP_TO/$plain"
	(cd "$work/u" && "$@")
	tar -C "$work/u" -cf "$BACKUP_TO/$damaged" .
}
damage sh -c 'printf x | dd of=database bs=1 seek=5000 conv=notrunc 2>/dev/null'
want 1 'is damaged' "$tenantry" backup verify $damaged
damage sh -c 'rm files/*'
want 1 'is damaged' "$tenantry" backup verify $damaged
damage sh -c 'echo x >additional'
want 1 'files that its manifest does not name' "$tenantry" backup verify $damaged
damage sed -i '/^table crm.contacts /s/ [0-9]* / 1 /' manifest
want 1 'the restored database differs' "$tenantry" backup verify $damaged
head -c 30000 "$BACKUP_TO/$name" >"$BACKUP_TO/$damaged.age"
want 1 'it is damaged, or BACKUP_IDENTITY has another key' "$tenantry" backup verify $damaged.age
same 'after a damaged restore' "$before" "$(sum app)"
want 1 'is damaged' "$tenantry" restore $damaged.age --yes-i-mean app
same 'a refused restore changes nothing' "$before" "$(sum app)"
rm "$BACKUP_TO"/$damaged*

# --- failures are recorded and reported by email, and leave no partial backup
mail() {
	psql -XAtqd app -c "SELECT count(*) FROM ops.mail WHERE template = 'backup-failed'"
}
count=$("$tenantry" backup list | wc -l)
psql -Xqc "CREATE ROLE tenantry_other9 LOGIN" # a role of another program
BACKUP_DATABASE_URL=$DATABASE_URL want 1 'subject to row security and would write empty tables' "$tenantry" backup
same 'recorded' failed "$(psql -XAtqd app -c 'SELECT state FROM ops.backup ORDER BY started_at DESC LIMIT 1')"
[ "$(mail)" -ge 1 ] && held || fail "no mail to operators"
psql -Xqc 'ALTER ROLE keeper NOCREATEDB'
want 1 'needs CREATEDB' "$tenantry" backup
psql -Xqc 'ALTER ROLE keeper CREATEDB'
BACKUP_RECIPIENT=nonsense want 1 'age cannot encrypt' "$tenantry" backup
BACKUP_TO=/proc/nothing want 1 'cannot write /proc/nothing' "$tenantry" backup
BACKUP_TO= want 2 'BACKUP_TO is not set' "$tenantry" backup
BETTER_AUTH_SECRET= want 1 'the settings have no BETTER_AUTH_SECRET' "$tenantry" backup
BACKUP_KEEP=many want 2 'BACKUP_KEEP must be' "$tenantry" backup prune
limited() { # no file may exceed 64 KiB, as on a full disk
	(
		ulimit -f 64
		trap '' XFSZ
		exec "$@"
	)
}
want 1 'pg_dump failed' limited "$tenantry" backup
same 'the number of backups' "$count" "$("$tenantry" backup list | wc -l)"
same 'temporary files' '' "$(ls "$TMPDIR")"

# --- a damaged installation: doctor reports the damage, and the backup is not good
damaged() { # SQL TEXT...
	local text
	sleep 1 # names contain seconds
	mails=$(mail)
	psql -Xq -v ON_ERROR_STOP=1 -d app -c "$1" 2>/dev/null
	want 1 'backup accept' "$tenantry" backup
	for text in "${@:2}"; do grep -q -- "$text" "$work/out" && held || fail "the backup does not say $text"; done
	same 'mails' more "$([ "$(mail)" -gt "$mails" ] && echo more)"
	same 'the good backups' "$count" "$("$tenantry" backup list 2>/dev/null | wc -l)"
	same 'the suspect ones' 1 "$("$tenantry" backup list 2>&1 >/dev/null | grep -c suspect)"
	"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
	grep -q "^FAIL  schema  .*$3" "$work/out" && held || fail "doctor does not say $3"
	want 0 'equal to the backup' "$tenantry" restore --yes-i-mean app
	want 0 '' "$tenantry" schema verify
}
psql -Xqd app -c "SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), false)" \
	-c "INSERT INTO crm.tags (name, color) SELECT 'tag ' || n, '#abc' FROM generate_series(1, 200) n" >/dev/null
sleep 1
want 0 'restored and equal' "$tenantry" backup
count=$((count + 1))
damaged 'DROP TABLE crm.contact_notes CASCADE' 'the schema is not that of the release: [0-9]* differences' \
	'table crm.contact_notes is missing' 'crm.contact_notes with [0-9]* rows is gone'
damaged "DROP POLICY tenant ON crm.deals;
	CREATE OR REPLACE FUNCTION crm.today() RETURNS date LANGUAGE sql STABLE AS 'SELECT current_date'" '2 differences ' \
	'function crm.today() differs from the files'
"$tenantry" doctor >"$work/out" 2>&1 </dev/null || :
grep -q '^ok    schema  .* as in the release' "$work/out" && held || fail 'doctor finds a restored schema wrong'
psql -Xqd app -c 'SET session_replication_role = replica' -c "DELETE FROM crm.tags WHERE name LIKE 'tag %'"
sleep 1
want 1 '1 tables have lost rows: crm.tags has ' "$tenantry" backup
want 0 'tenantry-' "$tenantry" backup accept
want 1 'there is no suspect backup' "$tenantry" backup accept
sleep 1
want 0 'restored and equal' "$tenantry" backup
count=$((count + 2))

# --- no password in the arguments of a program
psql -Xqc "ALTER ROLE keeper PASSWORD 'p@ss wörd'"
cat >"$work/bin/pg_dump" <<-END
	#!/bin/sh
	echo "\$*" >>"$work/arguments"
	exec $(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")/pg_dump "\$@"
END
chmod +x "$work/bin/pg_dump"
rm "$work/bin/pg_restore"
BACKUP_DATABASE_URL="postgresql://keeper:p%40ss%20w%C3%B6rd@/app?host=$PGHOST" PATH=$work/bin:$PATH \
	TENANTRY_LIBEXEC=$work/bin want 0 'restored and equal' "$tenantry" backup
same 'passwords in arguments' '' "$(grep -E 'p@ss|p%40ss' "$work/arguments" || :)"
[ -s "$work/arguments" ] && held || fail "pg_dump was not watched"
count=$((count + 1))

# --- retention: days, weeks and months
rm "$BACKUP_TO"/*
for day in $(seq 0 399); do
	touch "$BACKUP_TO/tenantry-$(date -u -d "2026-03-31 - $day days" +%Y%m%d)T030000Z.tar"
done
BACKUP_KEEP=7,4,12 "$tenantry" backup prune >/dev/null
same 'the days, weeks and months' \
	'20250430 20250531 20250630 20250731 20250831 20250930 20251031 20251130 20251231 20260131 20260228 20260315 20260322 20260325 20260326 20260327 20260328 20260329 20260330 20260331' \
	"$("$tenantry" backup list | sed 's/tenantry-\([0-9]*\)T.*/\1/' | paste -sd ' ')"
rm "$BACKUP_TO"/*

# --- to a server by SFTP
if [ -x /usr/sbin/sshd ] && command -v rclone >/dev/null; then
	mkdir -p "$work/ssh" /run/sshd 2>/dev/null || :
	ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/host"
	ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/key"
	cp "$work/ssh/key.pub" "$work/ssh/authorized"
	port=$(free_port)
	/usr/sbin/sshd -D -f /dev/null -p "$port" -h "$work/ssh/host" -o ListenAddress=127.0.0.1 -o StrictModes=no \
		-o AuthorizedKeysFile="$work/ssh/authorized" -o PidFile=none -o UsePAM=no \
		-o Subsystem='sftp internal-sftp' 2>"$work/ssh/log" &
	sshd=$!
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
		sleep 0.05
	done
	echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$work/ssh/host.pub")" >"$work/ssh/known"
	export BACKUP_SSH_KEY=$work/ssh/key BACKUP_KNOWN_HOSTS=$work/ssh/known
	mkdir "$work/far"
	BACKUP_TO=sftp://$(id -un)@127.0.0.1:$port$work/far
	want 0 'restored and equal' "$tenantry" backup
	want 0 '.tar.age' "$tenantry" backup list
	want 0 'equal to its manifest' "$tenantry" backup verify
	echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$work/ssh/key.pub")" >"$work/ssh/known"
	want 1 'cannot list' "$tenantry" backup list
	sleep 1
	want 1 'must name those of all types' "$tenantry" backup
	same 'the reason in the mail' t "$(psql -XAtqd app -c "SELECT data->>'reason' ~ 'cannot list .*: the server has other keys than'
		FROM ops.mail WHERE template = 'backup-failed' ORDER BY id DESC LIMIT 1")"
else
	echo "SKIPPED: SFTP, which needs openssh-server and rclone"
fi

# --- to a bucket
if command -v rclone >/dev/null; then
	port=$(free_port)
	node "$WORK/node_modules/.bin/s3rver" -a 127.0.0.1 -p "$port" -d "$work/s3" --configure-bucket kept >"$work/bucket" 2>&1 &
	bucket=$!
	for _ in $(seq 200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
		sleep 0.05
	done
	export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_REGION=us-east-1
	BACKUP_TO=s3://kept/tenantry
	want 0 'restored and equal' "$tenantry" backup
	want 0 'equal to its manifest' "$tenantry" backup verify
	name=$("$tenantry" backup list)
	same 'the names in the bucket' "$name" "$(ls "$work/s3/kept/tenantry" | sed -n '/rows/d; s/\._S3rver_object$//p')"
	object=$work/s3/kept/tenantry/$name._S3rver_object
	truncate -s -100 "$object"
	want 1 '' "$tenantry" backup verify
	kill $bucket
	want 1 'cannot list' "$tenantry" backup list
	want 1 'cannot list' "$tenantry" backup
else
	echo "SKIPPED: S3, which needs rclone"
fi

summary backup
