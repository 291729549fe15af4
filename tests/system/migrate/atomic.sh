#!/bin/bash
# atomic.sh - tests the atomic-crm journey: files from URLs, from a folder and in a bucket, kills, faulty rows, the first version, the API
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/atomic.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/../../lib/clients.sh"
. "$here/lib.sh"
need_build

with_clients "$SOURCES/tests/system/jobs" # the S3 server
prepare_work atomic
export TENANTRY_SQL=$SOURCES BETTER_AUTH_URL=http://localhost UPLOAD_DIR=$work/uploads
cd "$work"
node "$SOURCES/tests/lib/storage.mjs" "$work/files" "$work/requests" >port &
storage=$!
bucket=
trap 'kill $storage $bucket; rm -rf "$work" "${WORK%/system/jobs}"' EXIT
until [ -s port ]; do sleep 0.05; done
address=http://127.0.0.1:$(cat port)/storage/v1/object/public/attachments

# Empties the uploads folder.
no_uploads() {
	rm -rf uploads
	mkdir uploads
}

# begin [OPTION...]: creates a source and an empty installation, and removes the files
# of an earlier plan.
begin() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'DROP DATABASE IF EXISTS app WITH (FORCE)' \
		-c 'CREATE DATABASE app OWNER owner'
	rm -rf atomic-crm.* backups files
	no_uploads
	"$SOURCES/tests/lib/atomic_project.sh" source "$work/files" "$@"
	target app
	tenantry schema up >/dev/null
	untouched=$(contents source) before=$(contents app)
	: >requests
}

files_at() {
	sed -i "s|^  files: .*|  files: $1|" atomic-crm.yaml
}

decide() {
	sed -i "/^  $1:/,/choice:/s/choice:.*/choice: $2/" atomic-crm.yaml
}

sign() {
	sign_all atomic-crm
}

shown() {
	grep -qF -- "$2" "$1" && held || fail "$1 has no \"$2\""
}

# Prints one value of a query on a database, as a superuser.
one() {
	psql -XAtqd "${2:-app}" -c "$1"
}

stored() {
	{ find uploads -type f 2>/dev/null || :; } | wc -l
}

run='tenantry migrate atomic-crm run --execute --yes'
rollback='tenantry migrate atomic-crm rollback --execute --yes'

# --- Files by address: a run, its rollback, and another run

begin
want 0 'atomic-crm.yaml' tenantry migrate atomic-crm plan
shown atomic-crm.yaml 'files: https://project.supabase.test/storage/v1/object/public/attachments'
shown atomic-crm.yaml 'public.favicons_excluded_domains: 2 rows stay in the source'
shown atomic-crm.yaml 'user22@project.test'
files_at 'somewhere'
want 1 'blocker files_unknown: ' tenantry migrate atomic-crm dry-run
files_at http://127.0.0.1:1/attachments
want 1 'the server of the files does not answer' tenantry migrate atomic-crm dry-run
files_at "$address"
want 1 'NO-GO: source.warnings: ' env TENANTRY_UPLOAD_MAX=20 tenantry migrate atomic-crm dry-run
shown atomic-crm.rejects.csv 'it has more than 20 bytes'
want 1 'NO-GO: source.warnings: ' env TENANTRY_UPLOAD_QUOTA=100 tenantry migrate atomic-crm dry-run
shown atomic-crm.rejects.csv 'may have at most 100 bytes in all'
sed -i 's/^  owner: .*/  owner: user3@project.test/' atomic-crm.yaml
want 1 'blocker owner_no_administrator: ' tenantry migrate atomic-crm dry-run
sed -i 's/^  owner: .*/  owner: user1@project.test/' atomic-crm.yaml
want 0 'all tables are as before' tenantry migrate atomic-crm dry-run
same "files that a dry run stores" 0 "$(stored)"
same "files that a dry run asks for" 55 "$(sort -u requests | wc -l)"
grep -q 'were written after' out && fail "a dry run finds rows of users" || held
sign
: >requests
TENANTRY_TEST_KILL_AT=2 killed $run
settled
psql -Xqc 'CREATE DATABASE begun TEMPLATE app OWNER owner'
want 0 '1058 rows written, 19 known, 0 rejected' $run
sum=$(checksum)
same "files, each asked for once" "55 55" "$(stored) $(wc -l <requests)"
same "the source after the run" "$untouched" "$(contents source)"
want 0 '0 rejected' tenantry migrate atomic-crm verify --seed 5
same "the checksum of the verification" "$sum" "$(checksum)"
same "rows" "20 9 40 150 200 60 60 100" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM crm.sales), (SELECT count(*) FROM crm.tags),
	(SELECT count(*) FROM crm.companies), (SELECT count(*) FROM crm.contacts), (SELECT count(*) FROM crm.contact_notes),
	(SELECT count(*) FROM crm.deals), (SELECT count(*) FROM crm.deal_notes), (SELECT count(*) FROM crm.tasks))")"
# Compares field by field, with queries of this test instead of those of the journey.
contacts="SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, gender, title, background, first_seen, last_seen, has_newsletter,
	status, coalesce(tags, '{}'), company_id, sales_id, linkedin_url, lower(email_jsonb::text), lower(phone_jsonb::text)), ',' ORDER BY id)) FROM"
same "contacts" "$(one "$contacts public.contacts" source)" "$(one "$contacts crm.contacts")"
deals="SELECT md5(string_agg(concat_ws('|', id, name, company_id, coalesce(contact_ids, '{}'), category, stage, description, amount, created_at,
	updated_at, archived_at, expected_closing_date, sales_id, index), ',' ORDER BY id)) FROM"
same "deals" "$(one "$deals public.deals" source)" "$(one "$deals crm.deals")"
same "roles" "owner 1, admin 1, member 18, disabled 1" "$(one "SELECT concat('owner ', count(*) FILTER (WHERE acts_as = 'owner'), ', admin ',
	count(*) FILTER (WHERE acts_as = 'admin'), ', member ', count(*) FILTER (WHERE acts_as = 'member'), ', disabled ',
	count(*) FILTER (WHERE disabled)) FROM identity.organization_member")"
same "members have their rows" 20 "$(one "SELECT count(*) FROM identity.organization_member m JOIN crm.sales s ON s.id = m.sales_id AND s.user_id = m.user_id
	JOIN identity.\"user\" u ON u.id = m.user_id AND u.email = s.email AND u.email = format('user%s@project.test', s.id)")"
same "values that were added" "first-call beekeeping dance" "$(one "SELECT concat_ws(' ', c.config->'dealStages'->3->>'value',
	c.config->'companySectors'->-1->>'value', c.config->'taskTypes'->-1->>'value') FROM crm.configuration c")"
same "an external picture stays" https://favicon.show/company.test "$(one "SELECT logo->>'src' FROM crm.companies WHERE id = 2")"
same "the file that two notes have" 2 "$(one "SELECT count(*) FROM ops.file_use u WHERE u.name = (SELECT substr(a.attachments[1]->>'src', 10)
	FROM crm.contact_notes a WHERE a.id = 1)")"

# A file is lost.
lost=$(find uploads -type f | head -n 1)
mv "$lost" kept
want 1 'NO-GO: 200_files.files' tenantry migrate atomic-crm verify
mv kept "$lost"

# Later changes by users are written back as far as the source can store them. By then, another organization may have the
# slug.
org=$(one 'SELECT id FROM identity.imported_organization') other=00000000-0000-4000-8000-000000000007
one "SET app.org_id = '$org'; UPDATE crm.contacts SET last_name = 'O''Hara', tags = '{2}' WHERE id = 7;
	DELETE FROM crm.tasks WHERE id = 100;
	INSERT INTO crm.contacts (org_id, first_name, company_id) VALUES ('$org', 'Late', 3);
	INSERT INTO crm.contact_notes (org_id, contact_id, text, attachments) SELECT '$org', 7, E'New\nnote', attachments
		FROM crm.contact_notes WHERE id = 20;
	UPDATE identity.organization SET slug = 'renamed' WHERE id = '$org'" >/dev/null
want 1 'NO-GO: 150_contacts.checksum' tenantry migrate atomic-crm verify
psql -Xqc 'CREATE DATABASE complete TEMPLATE app OWNER owner'
one "INSERT INTO identity.organization (id, name, slug, deleted_at) VALUES ('$other', 'Other', 'ada-lovelace', now());
	INSERT INTO identity.imported_organization VALUES ('supabase other', '$other');
	SET app.org_id = '$other'; INSERT INTO crm.contacts (org_id, id, first_name) VALUES ('$other', 7, 'Other')"
want 0 'The migration is rolled back.' $rollback
same "the contacts of another organization" Other "$(one 'SELECT string_agg(first_name, $$ $$) FROM crm.contacts')"
one "DELETE FROM identity.organization WHERE id = '$other'"
same "the target after the rollback" "$before" "$(contents app)"
same "stored files after the rollback" 0 "$(stored)"
same "the source after the rollback" "$untouched" "$(contents source)"
shown atomic-crm.return.txt '150_contacts: public.contacts 7 was changed (in the SQL file)'
shown atomic-crm.return.txt '190_tasks: public.tasks 100 was deleted (in the SQL file)'
grep -q 'rows of crm.contacts' atomic-crm.return.txt && fail "contacts are listed twice" || held
psql -Xqc 'CREATE DATABASE returned TEMPLATE source'
want 0 '' psql -Xqd returned -v ON_ERROR_STOP=1 -f atomic-crm.return.sql
same "the source with the rows of users" "O'Hara {2} 1 99 1" "$(one "SELECT concat_ws(' ', (SELECT concat_ws(' ', last_name, tags) FROM public.contacts WHERE id = 7),
	(SELECT count(*) FROM public.contacts WHERE first_name = 'Late' AND company_id = 3), (SELECT count(*) FROM public.tasks),
	(SELECT count(*) FROM public.contact_notes n JOIN public.contact_notes o ON o.id = 20 AND o.attachments = n.attachments
		WHERE n.contact_id = 7 AND n.text = E'New\nnote'))" returned)"
psql -Xqc 'DROP DATABASE returned'

# A step that fails reverts the addresses of files. If there is no space for files, the run waits before the next file.
copy begun app
one 'CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM ops.migration_row WHERE step = 200) > 20 THEN
	RAISE disk_full; END IF; RETURN NULL; END $$; CREATE TRIGGER fail AFTER INSERT ON ops.migration_row EXECUTE FUNCTION fail()'
want 1 '200_files failed; its rows are removed' $run
one 'DROP TRIGGER fail ON ops.migration_row'
same "addresses of files after a failure" "0 0" "$(one "SELECT count(*) FILTER (WHERE attachments::text ~ '/uploads/') || ' ' ||
	(SELECT count(*) FROM ops.file) FROM crm.contact_notes")"
one 'CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM ops.file) > 30 THEN
	RAISE disk_full; END IF; RETURN NULL; END $$; CREATE TRIGGER fail AFTER INSERT ON ops.file EXECUTE FUNCTION fail()'
want 1 'the database cannot store files' $run
same "files of a whole batch" 20 "$(one 'SELECT count(*) FROM ops.migration_row WHERE step = 200')"
one 'DROP TRIGGER fail ON ops.file'
want 0 '1058 rows written, 19 known, 0 rejected' $run
same "the checksum after failures" "$sum" "$(checksum)"

# --- Killed forward and back, and resumed

# A killed run fetches only the current file again.
copy begun app
no_uploads
: >requests
TENANTRY_TEST_KILL_AT=180 killed $run
settled
kept=$(stored)
[ "$kept" -gt 10 ] && held || fail "files before the kill: $kept"
want 0 '1058 rows written, 19 known, 0 rejected' $run
same "files after a kill" 55 "$(stored)"
[ "$(wc -l <requests)" -le 57 ] && held || fail "files are fetched again: $(wc -l <requests) requests"
same "the checksum after the kill" "$sum" "$(checksum)"
stride=41 journey=atomic-crm
kill_everywhere forward begun "$sum" $run
[ "$points" -gt 150 ] && held || fail "only $points points"
kill_at_random 2 begun "$sum" $run
rm -rf uploads/new # a partial file, which the periodic tasks remove
same "files after the kills" 55 "$(stored)"
stride=11
# The first rollback has removed the files to which the copies of the database refer, so an export would be refused.
kill_everywhere back complete "$before" $rollback --no-archive
kill_at_random 2 complete "$before" $rollback --no-archive
rm -rf uploads/new # a partial file, which the periodic tasks remove
same "files after killed rollbacks" 0 "$(stored)"
unset stride

# --- Files in a bucket, which is unreachable at first

copy begun app
no_uploads
port=$(free_port)
export UPLOAD_PROVIDER=s3 AWS_BUCKET=attachments AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=S3RVER \
	AWS_SECRET_ACCESS_KEY=S3RVER AWS_REGION=us-east-1
objects() {
	{ find bucket/attachments -name '*._S3rver_object' 2>/dev/null || :; } | wc -l
}
want 1 'run the same command to continue' $run
same "files without the bucket" 0 "$(one 'SELECT count(*) FROM ops.file WHERE NOT removing')"
node "$WORK/node_modules/.bin/s3rver" -a 127.0.0.1 -p "$port" -d bucket --configure-bucket attachments >s3rver.log 2>&1 &
bucket=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.05; done
want 0 '1058 rows written, 19 known, 0 rejected' $run
same "the checksum with a bucket" "$sum" "$(checksum)"
same "files in the bucket" "55 0 s3" "$(objects) $(stored) $(one 'SELECT string_agg(DISTINCT place, $$ $$) FROM ops.file')"
object=$(one "SELECT substr(attachments[1]->>'src', 10) FROM crm.contact_notes WHERE id = 20")
same "the content of a file" "$(cat files/0.420.txt)" "$(cat "$(find bucket -name "*$object._S3rver_object")")"
want 0 '0 rejected' tenantry migrate atomic-crm verify
want 0 'The migration is rolled back.' $rollback
same "files in the bucket after the rollback" 0 "$(objects)"
same "the target after the rollback from a bucket" "$before" "$(contents app)"
kill $bucket
bucket=
unset UPLOAD_PROVIDER AWS_BUCKET AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION

# --- The API: an imported user signs in, lists contacts, and gets the attachment of a note

copy begun app
want 0 '' $run
# The first change of an imported row, with its current values.
same "resources whose imported rows can be changed" "companies configuration contact_notes contacts deal_notes deals sales tags tasks" "$(first_changes)"
make_database() {
	export PGDATABASE=app DATABASE_URL="postgresql:///app?host=$PGHOST&user=owner"
}
uploads=$UPLOAD_DIR url=$DATABASE_URL
unset BETTER_AUTH_URL
one "UPDATE identity.\"user\" SET role = 'admin' WHERE email = 'user1@project.test'"
if start_stack; then
	cp -R "$uploads" "$STACK"
	cat >front.mjs <<-'JS'
		const base = process.env.BASE;
		const post = await fetch(`${base}/api/auth/sign-in/email`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: base },
			body: JSON.stringify({ email: 'user1@project.test', password: 'supabase password 1' }) });
		const headers = { Authorization: `Bearer ${(await post.json()).token}` };
		const get = async (path) => (await fetch(base + path, { headers })).json();
		const contacts = await get('/api/contacts?sort=["id","ASC"]&range=[0,4]');
		const note = await get('/api/contact_notes/20');
		const [migration] = await get('/api/operations/migrations');
		const file = await fetch(note.attachments[0].src, { headers });
		console.log([contacts.length, contacts[0].id, contacts[0].first_name, note.contact_id, note.attachments[0].title,
			file.status, (await file.text()).trim(), migration.journey, migration.state, migration.steps.at(-1).name,
			migration.progress.done === migration.progress.total, migration.report.go].join(' '));
	JS
	same "what the API answers" '5 1 Ann1 21 offer 20.txt 200 content of 0.420.txt atomic-crm done 200_files true true' "$(node front.mjs 2>&1)"
	stop_stack && held || fail "the server"
else
	fail "the server did not start"
fi
export UPLOAD_DIR=$uploads BETTER_AUTH_URL=http://localhost PGDATABASE=postgres
target app

# --- A source with faulty rows, mapped IDs, and files in a folder

begin dirty rows=3000
want 0 '' tenantry migrate atomic-crm plan
for finding in 'vip: the tags 1, 101' 'contact 1001: has the tags 999' 'deal 1001: has the contacts 999' '101: Gone Long ago, gone@project.test' \
	'deal 1001: Of no company belongs to the company 999' 'contacts.birthday: 1 rows have a value' 'deal 1002: has no amount'; do
	shown atomic-crm.yaml "$finding"
done
files_at "$work/files"
decide ids map
mv files/0.420.txt kept.txt
want 0 '' tenantry migrate atomic-crm dry-run
sign
want 0 'rejected' $run
sum=$(checksum)
for reason in '"140_companies","1001","the name is empty' '"140_companies","1002","the links are not a list' \
	'"150_contacts","1003","the email addresses are not a list' '"150_contacts","1002","the phone numbers are not a list' \
	'"150_contacts","1007","an email address or a phone number is not an object' '"150_contacts","1005","its company is missing, or was left out' '"160_contact_notes","9001","it has no contact' \
	'"160_contact_notes","9002","its contact is missing' '"160_contact_notes","9005","an attachment is not an object' \
	'"170_deals","1002","one of its contacts was left out' '"170_deals","1003","it has no stage' 'is not one of the values of dealStages' \
	'"200_files","lost.txt","it is not in the folder' '"200_files","0.8004.txt","it has 22 bytes, and the source says 999' \
	'"200_files","0.8001.txt","the rows that refer to it were left out' 'secret.txt","its address is not valid'; do
	shown atomic-crm.rejects.csv "$reason"
done
same "rejected rows" 22 "$(one "SELECT count(*) FROM ops.migration_reject")"
same "a contact with unknown tags" '{1099511627777,1099511627878} [{"type": "Work", "email": "spaces@contacts.test"}]' \
	"$(one "SELECT concat_ws(' ', tags, email_jsonb) FROM crm.contacts WHERE id = 1099511628777")"
same "a contact with a text as address" '[{"type": "Other", "email": "one@x.test"}, {"email": "two@x.test"}]' \
	"$(one "SELECT email_jsonb FROM crm.contacts WHERE id = 1099511628782")"
same "a user without an account" 't deleted-1099511627877 1099511628777' "$(one "SELECT concat_ws(' ', s.disabled, s.user_id, c.id)
	FROM crm.sales s JOIN crm.contacts c ON c.sales_id = s.id WHERE s.email = 'gone@project.test'")"
same "a contact and a deal of no company" 2 "$(one "SELECT (SELECT count(*) FROM crm.contacts WHERE id = 1099511628780 AND company_id IS NULL) +
	(SELECT count(*) FROM crm.deals WHERE id = 1099511628777 AND company_id IS NULL AND contact_ids = '{1099511627777}')")"
same "a logo that was a text" t "$(one "SELECT logo->>'src' ~ '^/uploads/' FROM crm.companies WHERE id = 1099511628779")"
# The retry finds a file that was missing in the run.
mv kept.txt files/0.420.txt
want 0 '21 rejected' tenantry migrate atomic-crm retry-rejects 200_files
same "the file that was found" t "$(one "SELECT attachments[1]->>'src' ~ '^/uploads/' FROM crm.contact_notes WHERE id = 1099511627796")"
want 0 'The migration is rolled back.' $rollback
same "the target after the rollback of the bad source" "$before" "$(contents app)"
same "the bad source" "$untouched" "$(contents source)"
same "stored files of the bad source" 0 "$(stored)"
want 0 '' tenantry migrate atomic-crm plan
decide unknown_values reject
decide unknown_companies reject
want 1 'NO-GO: source.warnings: ' tenantry migrate atomic-crm dry-run
shown atomic-crm.rejects.csv '"170_deals","1001","its company is missing, or was left out; one of its contacts was left out'
shown atomic-crm.rejects.csv '""first-call"" is not one of the values of dealStages'

# --- The first version, without the storage schema, and a second run, which finds all rows

begin old
want 0 '' tenantry migrate atomic-crm plan
sed -i 's/^  owner: .*/  owner: user1@project.test/' atomic-crm.yaml
files_at "$address"
echo '^0[.]5' >files.down
want 1 'NO-GO: source.warnings: ' tenantry migrate atomic-crm dry-run
shown atomic-crm.rejects.csv 'the server answered with 503'
rm files.down
want 0 'all tables are as before' tenantry migrate atomic-crm dry-run
sign
want 0 '0 rejected' $run
written=$(sed -n 's/ rows written.*//p' out)
same "an address and a number of the first version" \
	'[{"type": "Work", "email": "ann1@contacts.test"}] [{"type": "Home", "number": "+33691000001"}] IDF' \
	"$(one "SELECT concat_ws(' ', c.email_jsonb, c.phone_jsonb, k.state_abbr) FROM crm.contacts c JOIN crm.companies k ON k.id = c.company_id WHERE c.id = 1")"
same "notes of the first version" "200 60" "$(one "SELECT (SELECT count(*) FROM crm.contact_notes) || ' ' || (SELECT count(*) FROM crm.deal_notes)")"
psql -Xqc 'DROP DATABASE complete' -c 'CREATE DATABASE complete TEMPLATE app OWNER owner' -c 'CREATE DATABASE returned TEMPLATE source'
cp -R uploads kept
one "SET app.org_id = '$(one 'SELECT id FROM identity.imported_organization')'; UPDATE crm.contacts SET last_name = 'O''Hara' WHERE id = 7;
	UPDATE crm.companies SET state_abbr = 'BRE' WHERE id = 3; UPDATE crm.contact_notes SET text = 'Other' WHERE id = 20;
	UPDATE crm.configuration SET config = config || '{\"title\": \"Other\"}'" >/dev/null
want 0 'The migration is rolled back.' $rollback
shown atomic-crm.return.txt 'the settings were changed (the source cannot store it)'
want 0 '' psql -Xqd returned -v ON_ERROR_STOP=1 -f atomic-crm.return.sql
same "the first version with the rows of users" "O'Hara ann7@contacts.test BRE Other" "$(one "SELECT concat_ws(' ', (SELECT concat_ws(' ', last_name, email)
	FROM public.contacts WHERE id = 7), (SELECT \"stateAbbr\" FROM public.companies WHERE id = 3),
	(SELECT text FROM public.\"contactNotes\" WHERE id = 20))" returned)"
copy complete app
rm -rf uploads
mv kept uploads
one "UPDATE ops.migration SET ended_at = now() - interval '49 hours' WHERE state = 'done'" >/dev/null
want 0 '' tenantry migrate atomic-crm finish --execute --yes
rm atomic-crm.*
want 0 '' tenantry migrate atomic-crm plan
sed -i 's/^  owner: .*/  owner: user1@project.test/' atomic-crm.yaml
files_at "$address"
want 0 '' tenantry migrate atomic-crm dry-run
sign
# The three values that the settings did not offer are now offered.
want 0 '0 rows written, ' $run
want 0 'The migration is rolled back.' $rollback
same "rows after the rollback of a run that wrote none" "150 $written" "$(one 'SELECT count(*) FROM crm.contacts') $written"
summary atomic
