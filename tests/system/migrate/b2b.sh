#!/bin/bash
# b2b.sh - the b2b journey: its blockers, a run while users write, rollback with later rows, kills, the API
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/b2b.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work b2b
unset SOURCE_DATABASE_URL
export TENANTRY_SQL=$SOURCES
cd "$work"
acme=$(printf 'organization acme' | md5sum | cut -c1-32) other=$(printf 'organization other' | md5sum | cut -c1-32)
run='tenantry migrate b2b run --execute --yes'
rollback='tenantry migrate b2b rollback --execute --yes'

# An installation with two organizations.
psql -Xqc 'CREATE DATABASE app OWNER owner'
target app
tenantry schema up >/dev/null
psql -Xq1d app -v ON_ERROR_STOP=1 -c 'SET ROLE owner' -c 'SET fixture.rows = 1500' -c "SET fixture.password = 'none'" \
	-f "$SOURCES/tests/lib/crm_organizations.sql"
before=$(contents app)

# Prints one value of a query, as a superuser.
one() {
	psql -XAtqd "${2:-app}" -c "$1"
}

# in_org ORGANIZATION SQL: runs SQL as the organization's owner in the API, in one transaction.
in_org() {
	PGOPTIONS="-c role=owner -c app.org_id=$1 -c app.role=owner -c app.grants=* -c app.modules={b2b} -c app.request_id=$RANDOM" \
		psql -XAtq1d app -v ON_ERROR_STOP=1 -c "$2"
}

# rows_of ORGANIZATION: prints a checksum of the organization's rows in each table.
rows_of() {
	psql -XAtqd app <<-SQL
		SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM %s t WHERE org_id = %L',
			c.oid::regclass, c.oid::regclass, '$1') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
			WHERE c.relkind = 'r' AND c.relnamespace <> coalesce(to_regnamespace('migration_backup'), 0) ORDER BY c.oid::regclass::text
		\gexec
		SELECT * FROM identity.organization WHERE id = '$1'
	SQL
}

sign() {
	sign_all b2b
}

shown() {
	grep -qF -- "$2" "$1" && held || fail "$1 has no \"$2\""
}

# --- The plan, and what it refuses

want 1 'write the slug or the ID of one into the plan, such as acme, other' tenantry migrate b2b plan
choose() { sed -i "s/^  organization:.*/  organization: $1/" b2b.yaml; }
choose nobody
want 1 'nobody: there is no such organization' tenantry migrate b2b plan
want 1 'blocker organization_unknown: ' tenantry migrate b2b dry-run
choose acme
want 0 'DEAL_STAGES: is called OPPORTUNITY_STAGES' env DEAL_STAGES=secret tenantry migrate b2b plan
grep -rq secret b2b.yaml out && fail "the plan has the value of a variable" || held
want 0 'contacts: 1350 have a company, which becomes their primary organization; 0 have one already' tenantry migrate b2b plan
want 1 'row-level security' env BACKUP_DATABASE_URL= tenantry migrate b2b plan
choose "$(one "SELECT id FROM identity.organization WHERE slug = 'acme'")"
want 0 '040_contact_organizations          1350' tenantry migrate b2b plan
choose acme
# The meaning and the probability of each stage are proposed, and other values are
# chosen.
want 0 'stages: lead = open 33; proposal = open 67; closed-won = won 100; closed-lost = lost 0' tenantry migrate b2b plan
# A long text continues on the next line.
stages() {
	awk -v text="$1" '/^  stages:/ { print "  stages: " text; inside = 1; next } inside && /^   / { next } { inside = 0; print }' b2b.yaml >b2b.part
	mv b2b.part b2b.yaml
}
stages 'lead = open 33; proposal = waits 15; closed-won = won 90; closed-lost = lost 0; lead = open 120; gone = open 1'
want 1 'blocker stages_unreadable' tenantry migrate b2b plan
for fault in 'proposal = waits 15: is not readable' 'closed-won = won 90: a stage that is won has the probability 100' 'lead = open 120: a probability is at most 100' \
	'gone = open 1: the settings have no such stage' 'proposal: is missing; add it' 'lead: is there more than once'; do
	shown out "$fault"
done
stages 'lead = open 33; proposal = waiting 15; closed-won = won 100; closed-lost = lost 0'
want 0 'stages: lead = open 33; proposal = waiting 15; ' tenantry migrate b2b plan

# provoke CHECK TEXT SQL...: after this change by the owner of the schema, a plan is refused, and the refusal names the
# fault.
provoke() {
	local check=$1 text=$2 sql
	shift 2
	psql -Xqc 'DROP DATABASE IF EXISTS whole WITH (FORCE)' -c 'ALTER DATABASE app RENAME TO whole' \
		-c 'CREATE DATABASE app TEMPLATE whole OWNER owner'
	for sql; do one "$sql" >/dev/null; done
	want 1 "$text" tenantry migrate b2b plan
	grep -q "^  $check: " out && held || fail "the blocker $check is named"
	want 1 "blocker $check: " tenantry migrate b2b dry-run
	psql -Xqc 'DROP DATABASE app WITH (FORCE)' -c 'ALTER DATABASE whole RENAME TO app'
}
# A function may read tables regardless of what it declares.
provoke illegal_check 'price_lists_principal_check of crm.price_lists: the CHECK calls crm.is_principal(uuid,bigint)' \
	'CREATE FUNCTION crm.is_principal(org uuid, company bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT p.is_principal FROM crm.company_profiles p WHERE p.org_id = org AND p.id = company $$' \
	'ALTER TABLE crm.price_lists ADD CONSTRAINT price_lists_principal_check CHECK (crm.is_principal(org_id, principal_id))'
provoke illegal_check 'crm.price_lists: the trigger crm.validate_principal_organization() is missing or disabled' \
	'ALTER TABLE crm.price_lists DISABLE TRIGGER validate_principal'
provoke missing_policies 'crm.contact_organizations: row security is off, or not forced' \
	'ALTER TABLE crm.contact_organizations NO FORCE ROW LEVEL SECURITY'
provoke missing_policies 'crm.products: it has no policy may_read, members' \
	'DROP POLICY members ON crm.products; DROP POLICY may_read ON crm.products'
provoke missing_policies 'crm.deals: it has no policy tenant' 'DROP POLICY tenant ON crm.deals'
provoke missing_opportunities_summary 'crm.opportunities_summary: the view is missing' 'DROP VIEW crm.opportunities_summary CASCADE'
provoke missing_opportunities_summary 'tenantry_app may read deals, and not the view' \
	'REVOKE SELECT ON crm.opportunities_summary FROM tenantry_app' 'ALTER VIEW crm.opportunities_summary RESET (security_invoker)'
shown b2b.yaml 'it reads with the rights of its owner, without security_invoker'
provoke missing_opportunities_summary 'it has no column amount, custom, weighted_amount' 'DROP VIEW crm.opportunities_summary CASCADE' \
	'CREATE VIEW crm.opportunities_summary WITH (security_invoker) AS SELECT d.*, 1 AS pipeline_id, 2 AS outcome, 3 AS probability_is_manual
	FROM (SELECT id, name, company_id, contact_ids, category, stage, description, created_at, updated_at, archived_at, expected_closing_date,
	sales_id, index, metadata, probability, currency, is_committed, outcome_reason, closed_at, items_net, items_tax, items_total FROM crm.deals) d' \
	'GRANT SELECT ON crm.opportunities_summary TO tenantry_app, tenantry_mcp, tenantry_mcp_writer'
provoke no_backup 'GRANT CREATE, USAGE ON SCHEMA migration_backup TO owner' 'CREATE SCHEMA migration_backup'
provoke no_backup 'GRANT CREATE ON DATABASE app TO owner' 'ALTER DATABASE app OWNER TO postgres'
provoke junction_unfilled 'crm.follow_company on crm.contacts: the trigger is missing or disabled' \
	'ALTER TABLE crm.contacts DISABLE TRIGGER record'
provoke junction_unfilled 'crm.b2b_switched_on on identity.organization' 'DROP TRIGGER b2b_on ON identity.organization'
provoke orphans 'contact 7: belongs to the company 99999, which does not exist' 'ALTER TABLE crm.contacts DISABLE TRIGGER ALL' \
	"UPDATE crm.contacts SET company_id = 99999 WHERE id = 7 AND org_id = '$acme'"
provoke module_on 'acme: has the module already' "SET ROLE owner; SELECT identity.set_module('$acme', 'b2b', true)"
want 0 '' tenantry migrate b2b plan
cp b2b.yaml good.yaml

# --- A dry run, a run, and its result
want 0 'all tables are as before' tenantry migrate b2b dry-run
same "the installation after a dry run" "$before" "$(contents app)"
# Administrators of the organization may sign. Its other members, and administrators of another organization, may not.
for address in member@acme.test owner@other.test; do
	want 1 "$address is not the verified address of an operator or of an administrator of the organization" tenantry migrate b2b sign all reviewed "$address"
done
one "INSERT INTO identity.api_key (id, key_hash, start, user_id, organization_id) SELECT 'key', sha256('key of the owner'), 'key', m.user_id,
	m.organization_id FROM identity.organization_member m JOIN identity.\"user\" u ON u.id = m.user_id WHERE u.email = 'owner@acme.test'"
want 0 '' bash -c 'echo key of the owner | tenantry migrate b2b sign all reviewed owner@acme.test'
want 0 'reviewed: owner@acme.test (API key)' tenantry migrate b2b status
one "UPDATE identity.api_key SET expires_at = now()"
want 1 'that is neither the password nor an API key of owner@acme.test' bash -c 'echo key of the owner | tenantry migrate b2b sign all reviewed owner@acme.test'
one 'DELETE FROM identity.api_key'
before=$(contents app)
sign
# The rows of other organizations need no space.
mkdir full
mount -t tmpfs -o size=16k none full 2>/dev/null && {
	psql -Xqc 'ALTER DATABASE app RENAME TO whole' -c 'CREATE DATABASE app TEMPLATE whole OWNER owner'
	one "SET session_replication_role = replica; INSERT INTO crm.companies (org_id, id, name) SELECT '$other', 1000000 + n, repeat('x', 500)
		FROM generate_series(1, 20000) n"
	one 'ANALYZE crm.companies'
	want 1 'MB are needed' env TENANTRY_DATABASE_DISK="$work/full" $run
	[ "$(sed -n 's/.* \([0-9]*\) MB are needed.*/\1/p' out)" -lt "$(one "SELECT pg_total_relation_size('crm.companies') / 1048576")" ] && held ||
		fail "more space than that of all companies: $(cat out)"
	psql -Xqc 'DROP DATABASE app WITH (FORCE)' -c 'ALTER DATABASE whole RENAME TO app'
	umount full
}
others=$(rows_of "$other")
TENANTRY_TEST_KILL_AT=2 killed $run
settled
psql -Xqc 'CREATE DATABASE begun TEMPLATE app OWNER owner'
want 0 'The migration is done.' $run
sum=$(checksum)
same "the other organization" "$others" "$(rows_of "$other")"
same "contacts and their primary organizations" "1350 1350 t" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM crm.contacts
	WHERE org_id = '$acme' AND company_id IS NOT NULL), count(*), bool_and(o.company_id = c.company_id))
	FROM crm.contact_organizations o JOIN crm.contacts c ON c.org_id = o.org_id AND c.id = o.contact_id WHERE o.is_primary")"
same "profiles" 300 "$(one "SELECT count(*) FROM crm.company_profiles WHERE org_id = '$acme'")"
same "stages" "lead open 33, proposal waiting 15, closed-won won 100, closed-lost lost 0" "$(one "SELECT string_agg(concat_ws(' ', stage, outcome,
	probability), ', ' ORDER BY position) FROM crm.pipeline_stages")"
same "backup tables" "contacts 1500 t, deals 375 t" "$(one "SELECT string_agg((xpath('/row/said/text()', query_to_xml(format('SELECT %L || %L || count(*)
	|| %L || bool_and(b.company_id IS NOT DISTINCT FROM t.company_id) AS said FROM %s b JOIN crm.%I t USING (org_id, id)', name, ' ', ' ', c.oid::regclass, name),
	false, true, '')))[1]::text, ', ' ORDER BY name) FROM pg_class c, LATERAL (SELECT split_part(c.relname, '_', 1) AS name) n
	WHERE c.relnamespace = to_regnamespace('migration_backup') AND relname ~ '_company_id_bak_[0-9]{14}'" | sed 's/true/t/g')"
same "the run in the audit log" t "$(one "SELECT count(*) > 1600 FROM ops.audit_log WHERE org_id = '$acme' AND request_id ~ '^migration [0-9]+'
	AND table_name IN ('contact_organizations', 'company_profiles')")"
want 0 'is done already' $run
want 0 'go: ' tenantry migrate b2b verify --seed 5
psql -Xqc 'CREATE DATABASE complete TEMPLATE app OWNER owner'

# breaks RULE SQL...: after this change, the report is a no-go.
breaks() {
	local rule=$1 sql
	shift
	copy complete app
	for sql; do one "$sql" >/dev/null; done
	want 1 "NO-GO: $rule" tenantry migrate b2b verify
}
breaks target_junction "SET session_replication_role = replica; DELETE FROM crm.contact_organizations WHERE contact_id = 7"
breaks target_junction "SET session_replication_role = replica; DELETE FROM crm.company_profiles WHERE id = 7"
breaks 040_contact_organizations.sample "SET session_replication_role = replica; DELETE FROM crm.contact_organizations WHERE contact_id % 2 = 0"
# The contact changes as if the run, and not a user, had written it.
breaks target_backup "SET session_replication_role = replica; UPDATE crm.contacts SET company_id = 9 WHERE org_id = '$acme' AND id = 7;
	UPDATE ops.audit_log SET at = at - interval '1 day' WHERE table_name = 'contacts' AND row_id = '7'"
breaks target_backup "DO \$\$ BEGIN EXECUTE (SELECT format('DROP TABLE %s', c.oid::regclass) FROM pg_class c WHERE c.relname LIKE 'deals_company_id_bak%'); END \$\$"
breaks target_pipelines "SET session_replication_role = replica; DELETE FROM crm.pipeline_stages WHERE stage = 'proposal'"
breaks target_definitions 'DROP POLICY may_delete ON crm.deals'
breaks target_definitions 'REVOKE UPDATE ON crm.deals FROM tenantry_app'
breaks target_definitions 'ALTER TABLE crm.deals DISABLE TRIGGER audit'
breaks target_definitions "COMMENT ON TABLE crm.deals IS 'Sales'"
breaks target_rights "UPDATE identity.resource SET same_as = 'companies' WHERE name = 'opportunities'"
breaks target_webhooks "SET session_replication_role = replica; UPDATE crm.webhooks SET payload_version = 2 WHERE org_id = '$acme'"
breaks target_audit_log "SET session_replication_role = replica; DELETE FROM ops.audit_log WHERE org_id = '$acme' AND table_name = 'deals' AND row_id = '3'"
breaks target_opportunities "CREATE OR REPLACE FUNCTION crm.currency() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text'; ALTER TABLE crm.deals DISABLE ROW LEVEL SECURITY;
	CREATE OR REPLACE VIEW crm.opportunities_summary WITH (security_invoker) AS SELECT d.id, d.name || '!' AS name, d.company_id, d.contact_ids, d.category, d.stage, d.description,
	d.amount, d.created_at, d.updated_at, d.archived_at, d.expected_closing_date, d.sales_id, d.index, d.metadata, 1::bigint AS pipeline_id, 'open'::text AS outcome,
	d.probability::integer AS probability, true AS probability_is_manual, d.amount AS weighted_amount, d.currency, d.is_committed, d.closed_at, d.outcome_reason,
	d.items_net, d.items_tax, d.items_total, d.custom FROM crm.deals d"

# An upgrade may change the deals table.
copy complete app
one "COMMENT ON TABLE crm.deals IS 'Sales'; INSERT INTO ops.schema_file (version, name, checksum, text, undo) VALUES (1, 'later', '', '', '')" >/dev/null
want 0 'go: ' tenantry migrate b2b verify

# The organization may get a different slug during and after a run.
rename() { one "UPDATE identity.organization SET slug = '$2' WHERE slug = '$1'" >/dev/null; }
copy begun app
TENANTRY_TEST_KILL_AT=20 killed $run
settled
same "steps before the kill" t "$(one "SELECT count(*) FILTER (WHERE state = 'done') BETWEEN 1 AND 8 FROM ops.migration_step")"
rename acme renamed
want 0 'The migration is done.' $run
same "the checksum of a run during which the slug has changed" "$sum" "$(checksum)"
want 0 'go: ' tenantry migrate b2b verify
want 0 'is done already' $run

# A role with more permissions for opportunities than for deals stops the run before the module is switched
# on.
copy begun app
one "UPDATE identity.resource SET same_as = 'companies' WHERE name = 'opportunities'"
want 1 'the role reader may do' $run
same "the module after a refusal" f "$(one "SELECT modules @> '{b2b}' FROM identity.organization WHERE slug = 'acme'")"
one "UPDATE identity.resource SET same_as = 'deals' WHERE name = 'opportunities'"
want 0 'The migration is done.' $run
same "the checksum after a refusal" "$sum" "$(checksum)"

# --- A rollback without later rows, another run, and a rollback with later rows

copy complete app
want 0 'The migration is rolled back.' $rollback
same "the installation after the rollback" "$before" "$(contents app)"
want 0 '' tenantry migrate b2b plan
want 0 '' tenantry migrate b2b dry-run
sign
want 0 'The migration is done.' $run
same "the checksum of another run" "$sum" "$(checksum)"

copy complete app
in_org "$acme" "UPDATE crm.contacts SET last_name = 'Later', company_id = 5 WHERE id = 7;
	INSERT INTO crm.contacts (first_name, company_id) VALUES ('Newcomer', 6);
	INSERT INTO crm.contact_organizations (contact_id, company_id, role, influence) VALUES (8, 20, 'Advisor', 70);
	UPDATE crm.company_profiles SET type = 'principal' WHERE id = 3;
	UPDATE crm.configuration SET config = config || '{\"title\": \"Later\"}';
	INSERT INTO crm.pipelines (name) VALUES ('Renewals');
	UPDATE crm.deals SET name = 'Later', probability = 77 WHERE id = 4;
	INSERT INTO crm.deals (name, stage, amount) VALUES ('New', 'lead', 5);
	DELETE FROM crm.companies WHERE id = 11" >/dev/null
one "UPDATE identity.organization_role SET permission = permission || '{\"deals\": [\"read\"]}' WHERE organization_id = '$acme' AND role = 'rep'" >/dev/null
rename acme renamed
want 0 'go: ' tenantry migrate b2b verify
others=$(rows_of "$other")
# Changes that users make until the module is off are listed as well.
TENANTRY_TEST_KILL_AT=1 killed $rollback
settled
in_org "$acme" "INSERT INTO crm.products (principal_id, sku, name) VALUES (3, 'X-1', 'Flour')" >/dev/null
want 0 'The migration is rolled back.' $rollback
for line in '030_company_profiles: the company 3 is a principal (the source cannot store it)' \
	'040_contact_organizations: the contact 8 is in the company 20 as Advisor' '080_pipelines: the pipeline "Renewals" was there before, or created' \
	'080_pipelines: the settings keep the stages that win' \
	'090_module: 1 products' '090_module: 1 opportunities with a manual probability, a currency or a reason'; do
	shown b2b.return.txt "$line"
done
rename renamed acme
same "the other organization after the rollback" "$others" "$(rows_of "$other")"
same "what the old form holds" "Later 5 1 Later 1 f" "$(one "SELECT concat_ws(' ', (SELECT concat_ws(' ', last_name, company_id) FROM crm.contacts WHERE org_id = '$acme' AND id = 7),
	(SELECT count(*) FROM crm.contacts WHERE first_name = 'Newcomer' AND company_id = 6), (SELECT name FROM crm.deals WHERE org_id = '$acme' AND id = 4),
	(SELECT count(*) FROM crm.deals WHERE name = 'New'), (SELECT modules @> '{b2b}' FROM identity.organization WHERE slug = 'acme'))")"
same "what is kept for the next time" "Advisor principal 1 77" "$(one "SELECT concat_ws(' ', (SELECT role FROM crm.contact_organizations WHERE company_id = 20 AND role <> ''),
	(SELECT type FROM crm.company_profiles WHERE type <> ''), (SELECT count(*) FROM crm.products), (SELECT probability FROM crm.deals WHERE org_id = '$acme' AND id = 4))")"
same "what says no more than the contacts" 0 "$(one "SELECT count(*) FROM crm.contact_organizations o JOIN ops.migration_row r ON r.step = 40 AND r.target_id = o.id::text")"
want 0 '' tenantry migrate b2b plan
want 0 'all tables are as before' tenantry migrate b2b dry-run
sign
want 0 'The migration is done.' $run
same "rows that come back" "Advisor 20 f, 9 t; Renewals, Sales" "$(one "SELECT (SELECT string_agg(concat_ws(' ', role, company_id, is_primary), ', ' ORDER BY role)
	FROM crm.contact_organizations WHERE contact_id = 8) || '; ' || (SELECT string_agg(name, ', ' ORDER BY name) FROM crm.pipelines)")"
one "UPDATE ops.migration SET ended_at = now() - interval '49 hours' WHERE state = 'done'" >/dev/null
want 1 'more than 48 hours ago' $rollback
want 0 'it can no longer be rolled back' tenantry migrate b2b finish --execute --yes
same "backup tables of both runs" 0 "$(one "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('migration_backup')")"

# --- Organizations at the same time, each with its plan, ledger, report and rollback

copy begun app
cp good.yaml b2b.yaml
want 1 'write the slug or the ID of one into the plan' tenantry migrate b2b plan --plan other.yaml
sed -i "s/^  organization:.*/  organization: other/" other.yaml
want 0 '' tenantry migrate b2b plan --plan other.yaml
want 0 'all tables are as before' tenantry migrate b2b dry-run --plan other.yaml
want 1 'the sign-off ledger has a blank' tenantry migrate b2b run --execute --yes --plan other.yaml
sign_all b2b --plan other.yaml
one 'UPDATE ops.migration SET pause_ms = 2000, batch_rows = 100' >/dev/null
background $run
# Only one run of an organization at a time.
want 1 'another migration is running on this database' tenantry migrate b2b verify
want 0 'The migration is done.' tenantry migrate b2b run --execute --yes --plan other.yaml
same "the run of the first organization" running "$(one "SELECT state FROM ops.migration WHERE organization_id = '$acme'")"
want 0 'b2b of other: done, started' tenantry migrate b2b status --plan other.yaml
one 'UPDATE ops.migration SET pause_ms = 0, batch_rows = 10000' >/dev/null
wait $BACKGROUND && held || fail "the first run failed"
same "organizations with the module" "acme, other" "$(one "SELECT string_agg(slug, ', ' ORDER BY slug) FROM identity.organization WHERE modules @> '{b2b}'")"
same "backup tables" 4 "$(one "SELECT count(*) FROM pg_class WHERE relnamespace = 'migration_backup'::regnamespace")"
want 0 'go: ' tenantry migrate b2b verify
want 0 'go: ' tenantry migrate b2b verify --plan other.yaml
shown other.report.json '"go":true'
# Without a plan file, the organization is ambiguous.
mv b2b.yaml away.yaml
want 1 'several organizations have a migration b2b, and b2b.yaml is missing; name the plan of one with --plan' $rollback
want 1 'several organizations' tenantry migrate b2b status
mv away.yaml b2b.yaml
# The first migration is finished, and the second can still be rolled back.
one "UPDATE ops.migration SET ended_at = now() - interval '49 hours' WHERE organization_id = '$acme'" >/dev/null
want 1 'more than 48 hours ago' $rollback
want 0 'it can no longer be rolled back' tenantry migrate b2b finish --execute --yes
want 1 'less than 48 hours ago' tenantry migrate b2b finish --execute --yes --plan other.yaml
same "backup tables of the other one" 2 "$(one "SELECT count(*) FROM pg_class WHERE relnamespace = 'migration_backup'::regnamespace")"
want 0 'The migration is rolled back.' tenantry migrate b2b rollback --execute --yes --plan other.yaml
same "organizations with the module after a rollback" acme "$(one "SELECT string_agg(slug, ', ') FROM identity.organization WHERE modules @> '{b2b}'")"
# After an earlier completed run, even the dry run is refused, not only the run after it.
copy begun app
want 0 'The migration is done.' $run
sed -i 's/^  batch: .*/  batch: 5000/' b2b.yaml
want 1 'an earlier run is done and can still be rolled back' tenantry migrate b2b dry-run
cp good.yaml b2b.yaml

# --- Users who write during a run: in other organizations nobody waits, and in this organization nobody waits long

# writer NAME ORGANIZATION TIMEOUT: changes contacts and deals until the file "stop" exists, each in at most TIMEOUT.
writer() {
	local n
	for ((n = 1; n < 100000; n++)); do
		[ ! -e stop ] || break
		cat <<-SQL
			BEGIN;
			UPDATE crm.contacts SET company_id = 1 + (id + $n) % 200 WHERE id = 1 + $n * 7 % 1499;
			INSERT INTO crm.contacts (first_name, company_id) VALUES ('During', 1 + $n % 200);
			UPDATE crm.deals SET name = 'During $n', stage = 'proposal' WHERE id = 1 + $n % 375;
			DELETE FROM crm.contacts WHERE id = 1500 - $n AND $n % 5 = 0;
			COMMIT;
			\\echo done
			SELECT pg_sleep(0.02);
		SQL
		sleep 0.02
	done | PGOPTIONS="-c role=owner -c app.org_id=$2 -c app.role=owner -c app.grants=* -c app.modules={} -c app.request_id=$1 -c lock_timeout=$3" \
		psql -XAtqd app -v ON_ERROR_STOP=1 >"$1.done" 2>"$1.err"
}
copy begun app
cp good.yaml b2b.yaml
one 'UPDATE ops.migration SET pause_ms = 100, batch_rows = 100' >/dev/null
writer here "$acme" 5000 &
here_writer=$!
writer there "$other" 100 &
there_writer=$!
until [ -s here.done ] && [ -s there.done ]; do sleep 0.05; done
got=0
quietly $run || got=$?
same "the run beside writers" 0 "$got"
grep -q 'go: ' out && held || fail "the report of a run beside writers"
sleep 0.3
touch stop
wait $here_writer && wait $there_writer && held || fail "writers: $(cat here.err there.err)"
[ "$(grep -c "done" there.done)" -gt 20 ] && [ "$(grep -c "done" here.done)" -gt 20 ] && held || fail "writers wrote little"
same "rejected rows" 0 "$(one 'SELECT count(*) FROM ops.migration_reject')"
same "contacts written meanwhile" "t 0" "$(one "SELECT concat_ws(' ', count(*) FILTER (WHERE c.first_name = 'During') > 10, count(*) FILTER (WHERE (SELECT count(*) FROM crm.contact_organizations o
	WHERE o.org_id = c.org_id AND o.contact_id = c.id AND o.is_primary AND o.company_id = c.company_id) <> 1)) FROM crm.contacts c
	WHERE c.org_id = '$acme' AND c.company_id IS NOT NULL")"
same "rows of the other organization" 0 "$(one "SELECT count(*) FROM crm.contact_organizations WHERE org_id = '$other'")"
want 0 'go: ' tenantry migrate b2b verify
want 0 'The migration is rolled back.' $rollback
same "rows that the switch has made" 0 "$(one "SELECT count(*) FROM crm.contact_organizations o JOIN crm.contacts c ON c.org_id = o.org_id AND c.id = o.contact_id
	WHERE crm.is_automatic(o) AND NOT EXISTS (SELECT FROM ops.audit_log l WHERE l.table_name = 'contact_organizations' AND l.row_id = o.id::text AND l.request_id = 'here')")"
rm stop

# Switching the module on or off waits for a transaction of the organization. During this wait, other transactions of
# the organization and of other organizations can write.

# waits_for_others STATE COMMAND...: in the last step, the command waits for a transaction for which other transactions
# of the organization do not wait. The audit entries of the command have smaller IDs than those of other transactions,
# and are committed later.
waits_for_others() {
	local state=$1 open
	shift
	one 'UPDATE ops.migration_progress SET lock_waits = 0' >/dev/null
	coproc OPEN { PGOPTIONS="-c role=owner -c app.org_id=$acme -c app.grants=*" psql -XAtqd app; }
	open=$OPEN_PID
	echo "BEGIN; INSERT INTO crm.contacts (first_name, company_id) VALUES ('Slow', 3);
		UPDATE crm.deals SET name = 'Slow' WHERE id = 5; SELECT 'open';" >&"${OPEN[1]}"
	read -r _ <&"${OPEN[0]}"
	in_org "$acme" "UPDATE crm.deals SET name = 'Quick' WHERE id = 6"
	background "$@"
	until [ "$(one "SELECT lock_waits > 0 FROM ops.migration_progress")" = t ] || ! kill -0 $BACKGROUND; do sleep 0.05; done
	same "the step that waits" 090_module "$(one "SELECT name FROM ops.migration_step WHERE state = '$state'")"
	in_org "$other" "SET lock_timeout = 100; INSERT INTO crm.contacts (first_name, company_id) VALUES ('Quick', 3)" >err 2>&1 && held || fail "another organization waits"
	# Requests have a lock_timeout of 2 s.
	in_org "$acme" "SET lock_timeout = '2s'; INSERT INTO crm.contacts (first_name, company_id) VALUES ('Quick', 3)" >err 2>&1 && held ||
		fail "the organization waits for the switch"
	echo 'COMMIT;' >&"${OPEN[1]}"
	eval "exec ${OPEN[1]}>&-"
	wait "$open" || :
	wait $BACKGROUND && held || fail "a command that waited for a transaction: $(cat out)"
}
copy begun app
waits_for_others running $run
same "contacts of that time" 2 "$(one "SELECT count(*) FROM crm.contacts c JOIN crm.contact_organizations o ON o.org_id = c.org_id AND o.contact_id = c.id AND o.is_primary
	WHERE c.first_name IN ('Slow', 'Quick')")"

waits_for_others undoing $rollback
same "the rollback beside a transaction" 'rolled back' "$(one 'SELECT state FROM ops.migration ORDER BY id DESC LIMIT 1')"

# --- Killed forward and back, and resumed

stride=7 journey=b2b
kill_everywhere forward begun "$sum" $run
[ "$points" -gt 40 ] && held || fail "only $points points"
kill_at_random 2 begun "$sum" $run
stride=5
kill_everywhere back complete "$before" $rollback
[ "$points" -gt 15 ] && held || fail "only $points points of a rollback"
kill_at_random 2 complete "$before" $rollback
unset stride

# --- The API: each role may do with opportunities what it could do with deals, while the workers serve

copy begun app
make_database() {
	export PGDATABASE=app DATABASE_URL="postgresql:///app?host=$PGHOST&user=owner"
}
one "INSERT INTO identity.session (id, token_hash, user_id, expires_at, active_organization_id)
	SELECT u.id, sha256(rpad(split_part(u.email, '@', 1), 32, 'x')::bytea), u.id, now() + interval '1 day', '$acme'
	  FROM identity.\"user\" u WHERE u.email LIKE '%@acme.test'"
cat >matrix.mjs <<'JS'
	// matrix.mjs deals|opportunities: a line for each role and what it tries.
	const [resource] = process.argv.slice(2);
	const ask = async (who, method, path, body) => {
		const rs = await fetch(`${process.env.BASE}/api/${resource}${path}`, { method, body: body && JSON.stringify(body),
			headers: { Authorization: `Bearer ${who.padEnd(32, 'x')}`, 'Content-Type': 'application/json' } });
		const text = await rs.text();
		return { status: rs.status, total: rs.headers.get('content-range')?.split('/')[1], json: text ? JSON.parse(text) : null };
	};
	for (const who of ['owner', 'admin', 'member', 'viewer', 'rep', 'reader']) {
		const list = await ask(who, 'GET', '?range=[0,0]');
		const got = [list.status];
		if (list.total)
			got.push(list.total);
		// Deals of the member, of the user with the role rep, and of nobody.
		for (const id of [2, 3])
			for (const [method, body] of [['GET'], ['PATCH', { description: 'by the matrix' }]])
				got.push((await ask(who, method, `/${id}`, body)).status);
		const made = await ask(who, 'POST', '', { name: 'Made', stage: 'lead', amount: 1 });
		const other = await ask('owner', 'POST', '', { name: 'To be deleted', stage: 'lead', amount: 1 });
		got.push(made.status, (await ask(who, 'DELETE', `/${other.json.id}`)).status);
		for (const { json } of [made, other])
			if (json?.id)
				await ask('owner', 'DELETE', `/${json.id}`);
		console.log(who, ...got);
	}
JS
cat >front.mjs <<'JS'
	const get = async (path) => {
		const rs = await fetch(process.env.BASE + path, { headers: { Authorization: 'Bearer ownerxxxxxxxxxxxxxxxxxxxxxxxxxxx' } });
		return [rs.status, rs.headers.get('deprecation') !== null, await rs.json()];
	};
	const ids = async (path) => (await get(path))[2].map((row) => `${row.id} ${row.name} ${row.stage} ${row.amount} ${row.index}`).join('; ');
	const [, old, deals] = await get('/api/deals?range=[0,9]');
	const [, , history] = await get('/api/opportunities/3/history');
	const [, , one] = await get('/api/opportunities/3');
	const [, , links] = await get('/api/contact_organizations?filter={"contact_id":7}');
	console.log([deals.length, old, await ids('/api/deals') === await ids('/api/opportunities'), one.outcome, one.probability,
		history.slice(-2).map((entry) => entry.action).join(' '), history.at(-1).changes.name.new, JSON.stringify(history.find((entry) =>
			entry.changes.name?.old)?.changes.name), links.length, links[0].company_id, links[0].is_primary].join(' | '));
JS
url=$DATABASE_URL
if start_stack; then
	want 0 '' node matrix.mjs deals
	cp out matrix.before
	same "what the owner and others do with deals" "owner 200 375 200 200 200 200 201 200
reader 403 403 403 403 403 403 403" "$(sed -n '/^owner/p; /^reader/p' out)"
	want 0 '' node -e 'fetch(process.env.BASE + "/api/opportunities", { headers: { Authorization: "Bearer ownerxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }).then((rs) => process.exit(rs.status === 404 ? 0 : 1))'
	(export PGDATABASE=postgres && target app && want 0 'The migration is done.' $run)
	want 0 '' node matrix.mjs opportunities
	same "what roles do with opportunities" "$(cat matrix.before)" "$(cat out)"
	want 0 '' node matrix.mjs deals
	same "what roles do with deals" "$(cat matrix.before)" "$(cat out)"
	same "what the API answers" '10 | true | true | lost | 0 | update insert | Deal 3 | {"old":"Deal 3","new":"Renamed 3"} | 1 | 8 | true' "$(node front.mjs 2>&1)"
	stop_stack && held || fail "the server"
else
	fail "the server did not start"
fi
summary b2b
