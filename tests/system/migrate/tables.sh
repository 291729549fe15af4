#!/bin/bash
# tables.sh - a Supabase project with rows in all of its tables: each has a target, or a decision; subscriptions, payments and
#	their postings, agreements, posts
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/tables.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work tables
export TENANTRY_SQL=$SOURCES
cd "$work"

# printed TEXT: the last command printed TEXT.
printed() {
	grep -qF -- "$1" "$work/out" && held || fail "does not print \"$1\""
}

# Prints one value of a query on the target, as a superuser.
one() {
	psql -XAtqd app -c "$1"
}

# become TABLE VALUE: sets the treatment of a table.
become() {
	sed -i "/^  public.$1:/,/becomes:/s/becomes:.*/becomes: $2/" supabase.yaml
}

# undecided: prints the tables of the source that have rows, are not read by any step of the plan, and have neither an
# archive nor a reason in the plan.
undecided() {
	psql -XAtqd source -c "SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('auth', 'public') AND c.relkind IN ('r', 'p') AND (xpath('/row/n/text()', query_to_xml(format(
			'SELECT count(*) AS n FROM %s', c.oid::regclass), false, true, '')))[1]::text::bigint > 0 ORDER BY 1" >with_rows
	node -e '
		const fs = require("fs");
		const plan = fs.readFileSync("supabase.yaml", "utf8");
		const steps = fs.readdirSync(process.argv[1]).flatMap((name) => {
			const text = fs.readFileSync(`${process.argv[1]}/${name}`, "utf8");
			const each = /^-- each: (.*)$/m.exec(text)?.[1].split(" ") ?? [""];
			return each.flatMap((word) => /^-- source: (.*)$/m.exec(text)[1].replaceAll(":each", word).split(" "));
		});
		const others = plan.slice(plan.indexOf("\nothers:"));
		console.log(fs.readFileSync("with_rows", "utf8").trim().split("\n").filter((table) =>
			!steps.includes(table) && !new RegExp(`\\n  ${table}:\\n    rows: [0-9]+\\n    becomes: ["'\'']?(archive|skip because .+)`).test(others)
			&& !new RegExp(`${table}: [0-9]+ rows, (imported|translated|dropped|reported)`).test(plan)).join(" "));' "$SOURCES/journeys/supabase/steps"
}

psql -Xqc 'CREATE DATABASE fresh OWNER owner'
"$SOURCES/tests/lib/supabase_project.sh" source used
target fresh
tenantry schema up >/dev/null
target app
copy fresh app
same "tables without rows" "" "$(psql -XAtqd source -c "SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text
	IN ('auth', 'public') AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass), false, true, '')))[1]::text = '0'")"
want 0 'Next: tenantry migrate supabase dry-run' tenantry migrate supabase plan
same "tables without a decision" "" "$(undecided)"
# A table that is unknown to the journey.
psql -Xqd source -c 'CREATE TABLE public.badges (id uuid PRIMARY KEY, label text)' -c "INSERT INTO public.badges VALUES (gen_random_uuid(), 'Founder')"
want 1 'public.badges has 1 rows that nothing reads' tenantry migrate supabase plan
same "a table without a decision" "public.badges" "$(undecided)"
psql -Xqd source -c 'DROP TABLE public.badges'

# --- Subscriptions, payments, agreements, posts

sed -i 's/^  billing_from: .*/  billing_from: soon/' supabase.yaml
want 1 'blocker billing_from_no_day' tenantry migrate supabase plan
sed -i 's/^  billing_from: .*/  billing_from: 2026-01-01/' supabase.yaml
want 0 '' tenantry migrate supabase plan
want 0 'all tables are as before' tenantry migrate supabase dry-run
sign_all supabase
untouched=$(contents source) before=$(contents app)
want 0 'supabase.archive.ndjson has 3 rows of tables that become "archive"' tenantry migrate supabase run --execute --yes
printed '2468 rows written, 0 known, 0 rejected'
sum=$(checksum)
want 0 'go: ' tenantry migrate supabase verify
org=$(one "SELECT id FROM identity.imported_organization")
# Prints the rows of a table as texts, with the name of each member's user.
rows_of() {
	one "SELECT concat_ws(' ', split_part(u.email, '@', 1), $2) FROM membership.$1 t JOIN membership.user_profiles p ON p.id = t.member_id
		JOIN identity.\"user\" u ON u.id = p.user_id ORDER BY $3, t.id"
}
same "subscriptions" "user1 Gold active 2500 EUR 1 2025-01-31 12 2026-01-31
user2 Gold cancelled 2500 EUR 1 2025-02-10 2025-05-09 11 2026-01-10
user3 Patron paused 30000 EUR 12 2025-03-01 1 2026-03-01
user4 Tokyo active 1200 JPY 3 2025-04-01 3 2026-01-01" "$(rows_of user_subscriptions 't.plan, t.status, t.amount, t.currency, t.interval_months, t.starts_on,
	t.cancelled_on, t.periods, t.next_on' t.starts_on)"
same "payment methods" "user1 card stripe pm_first 4242 2028-02-29 f
user1 card stripe pm_second 1111 2030-12-31 t
user2 bank imported imported_ 3000 t" "$(rows_of user_payment_methods "t.kind, t.provider, left(t.token, 9), t.last4, t.expires_on, t.is_default" 'u.email, t.token')"
same "amounts due" "user1 2500 EUR paid 2025-05-31 t
user1 2500 EUR open 2025-06-30 t
user2 2500 EUR paid 2025-03-10 t
user2 2500 EUR waived 2025-04-10 t
user3 30000 EUR paid 2025-03-01 f
user4 1200 JPY paid 2025-01-07 f
user5 8000 EUR open 2025-03-02 f
user6 4000 EUR paid 2025-01-08 f" "$(rows_of user_billing_schedules 't.amount, t.currency, t.status, t.due_on, t.subscription_id IS NOT NULL' 'u.email, t.due_on')"
same "payments, whether they are of an amount due, by which method" "user1 2500 EUR succeeded 0 t t 2025-01-06
user1 2500 EUR failed 0 t t
user1 2500 EUR pending 0 t t
user2 2500 EUR succeeded 0 t t 2025-01-06
user4 1200 JPY succeeded 0 t f 2025-01-07
user4 5000 EUR refunded 5000 f f 2025-01-07
user5 3000 EUR succeeded 0 f f 2025-01-07
user6 4000 EUR succeeded 1500 t f 2025-01-08" "$(rows_of user_payments 't.amount, t.currency, t.status, t.refunded_amount, t.billing_schedule_id IS NOT NULL, t.payment_method_id IS NOT NULL,
	t.succeeded_at::date' 'u.email, t.succeeded_at, t.status')"
# Prints the accounts of the ledger: cash and income of the organization, and the balance of each member.
balances() {
	one "SELECT concat_ws(' ', split_part(u.email, '@', 1), a.kind, a.currency, (SELECT sum(e.amount) FROM membership.ledger_entries e WHERE e.account_id = a.id))
		FROM membership.ledger_accounts a LEFT JOIN membership.user_profiles p ON p.id = a.member_id LEFT JOIN identity.\"user\" u ON u.id = p.user_id
		ORDER BY u.email NULLS FIRST, a.kind, a.currency" | paste -sd ,
}
booked="cash EUR 10500,cash JPY 1200,income EUR -19500,income JPY -1200,user1 receivable EUR 2500,user2 receivable EUR 0,user4 receivable EUR 0"
booked="$booked,user4 receivable JPY 0,user5 receivable EUR 5000,user6 receivable EUR 1500"
same "the ledger" "$booked" "$(balances)"
same "bookings with the time of the source" "1 2025-01-06 2025-01-06" "$(one "SELECT count(DISTINCT t.id) || ' ' || min(t.created_at)::date || ' ' || max(e.created_at)::date
	FROM membership.ledger_transactions t JOIN membership.ledger_entries e ON e.transaction_id = t.id
	WHERE t.key = 'payment ' || (SELECT id FROM membership.user_payments ORDER BY succeeded_at LIMIT 1)")"
same "faults of the ledger" "" "$(one "SELECT membership.wrong_ledgers()")"
same "agreements" "user1 terms-of-use 1 2025-01-06 t
user1 terms-of-use 2 2025-01-07 t
user2 terms-of-use 1 2025-01-06 t
user3 privacy 1 2025-01-07 t" "$(rows_of user_agreements "t.name, t.version, t.accepted_at::date, t.hash = (SELECT encode(sha256(convert_to(d.text, 'UTF8')), 'hex')
	FROM membership.agreement_documents d WHERE d.id = t.document_id)" 'u.email, t.accepted_at')"
same "texts" "privacy 1 We keep little. terms-of-use 1 Be kind. terms-of-use 2 Be kinder." "$(one "SELECT string_agg(concat_ws(' ', name, version, text), ' ' ORDER BY name, version)
	FROM membership.agreement_documents WHERE title IN ('Terms of use', 'Privacy') AND NOT required")"
same "posts" "A draft f, Summer party t" "$(one "SELECT string_agg(title || ' ' || CASE WHEN published_at IS NULL THEN 'f' ELSE 't' END, ', ' ORDER BY title) FROM membership.newsfeed_posts")"
same "audit entries" "3 of 1954" "$(one "SELECT format('%s of %s', count(*) FILTER (WHERE source_table = 'public.auditlog'), count(*)) FROM ops.imported_audit_log")"
same "the archive" "$(for table in tax_forms transaction_monitoring report_templates; do psql -XAtqd source -c "SELECT jsonb_build_object('table', 'public.$table',
	'row', to_jsonb(t)) FROM public.$table t"; done | sort)" "$(grep -v '"table": "public.user_profiles"' supabase.archive.ndjson | sort)"
same "a column that nothing reads" "$(psql -XAtqd source -c "SELECT jsonb_build_object('table', 'public.user_profiles', 'row', jsonb_build_object('id', t.id, 'country', t.country))
	FROM public.user_profiles t WHERE t.country IS NOT NULL" | sort)" "$(grep '"table": "public.user_profiles"' supabase.archive.ndjson | sort)"
same "the source after the run" "$untouched" "$(contents source)"
# A missing posting is found.
copy app kept
one "ALTER TABLE membership.ledger_entries DISABLE TRIGGER ALL; DELETE FROM membership.ledger_entries e USING membership.ledger_transactions t
	WHERE t.id = e.transaction_id AND t.kind = 'refund' AND t.member_id = (SELECT member_id FROM membership.user_payments WHERE status = 'refunded');
	ALTER TABLE membership.ledger_entries ENABLE TRIGGER ALL" >/dev/null
want 1 'target_ledger' tenantry migrate supabase verify
copy kept app

# --- Later changes by people and jobs

# The first change of each row succeeds.
first_changes >changes
same "refusals of the first change" "" "$(grep -E '^(PATCH|GET|the server)' changes || :)"
for resource in user_subscriptions user_payment_methods newsfeed_posts; do
	grep -q "$resource" changes && held || fail "$resource was not changed"
done
enter="SET app.org_id = '$org'"
same "amounts due that a job adds" 2 "$(one "$enter; SELECT membership.bill('$org', 100)")"
want 0 'go: ' tenantry migrate supabase verify
grep -q 'jobs purge or end 2 more' supabase.report.json && held || fail "the report does not say that a job has billed"
one "$enter; UPDATE membership.user_payments SET status = 'succeeded' WHERE status = 'pending'" >/dev/null
one "$enter; SELECT membership.make_refund(p.id, NULL, NULL, 'back') FROM membership.user_payments p WHERE p.currency = 'JPY'" >/dev/null
same "amounts due that are open" "user1 2500 2026-01-31,user4 1200 2025-01-07,user4 1200 2026-01-01,user5 8000 2025-03-02" "$(rows_of user_billing_schedules \
	"t.amount, t.due_on" 'u.email, t.due_on' | paste -sd , | tr , '\n' | grep -xFf <(one "SELECT concat_ws(' ', split_part(u.email, '@', 1), t.amount, t.due_on)
		FROM membership.user_billing_schedules t JOIN membership.user_profiles p ON p.id = t.member_id JOIN identity.\"user\" u ON u.id = p.user_id WHERE t.status = 'open'") | paste -sd ,)"
same "what is not booked" "" "$(one "$enter; SELECT membership.unbooked('$org')")"
same "faults of the ledger" "" "$(one "SELECT membership.wrong_ledgers()")"

# --- Rollback

want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
for row in user_payments.*changed user_billing_schedules.*created user_subscriptions.*changed; do
	grep -q "the row [0-9]* of membership.$row after the migration" supabase.return.txt && held || fail "return.txt has no $row"
done
same "the target after the rollback" "$before" "$(contents app)"

# --- Later rows of the source, into the same organization

want 0 '' tenantry migrate supabase dry-run
sign_all supabase
want 0 '' tenantry migrate supabase run --execute --yes
same "the checksum of the second run" "$sum" "$(checksum)"
one "UPDATE ops.migration SET ended_at = now() - interval '49 hours' WHERE state = 'done'" >/dev/null
want 0 '' tenantry migrate supabase finish --execute --yes
before=$(contents app)
psql -Xqd source <<-'SQL'
	INSERT INTO public.user_payments (id, user_id, amount, currency, status, paid_at)
	SELECT md5('late')::uuid, u.id, 10.00, 'EUR', 'succeeded', '2025-09-01' FROM public.users u WHERE u.email IN ('user7@project.test');
	INSERT INTO public.user_agreements SELECT md5('late')::uuid, u.id, 'Terms of use', 'Be kindest.', '2025-09-01' FROM public.users u WHERE u.email = 'user7@project.test';
SQL
want 0 '' tenantry migrate supabase plan
want 0 'all tables are as before' tenantry migrate supabase dry-run
sign_all supabase
want 0 '3 rows written' tenantry migrate supabase run --execute --yes
same "the ledger with the later payment" "cash EUR 11500,income EUR -20500,user7 receivable EUR 0" "$(balances | tr , '\n' | grep -E '^(cash EUR|income EUR|user7)' | paste -sd ,)"
want 0 'go: ' tenantry migrate supabase verify
want 0 'The migration is rolled back.' tenantry migrate supabase rollback --execute --yes
same "the ledger without it" "$booked" "$(balances)"
same "faults of the ledger" "" "$(one "SELECT membership.wrong_ledgers()")"
same "the target after the second rollback" "$before" "$(contents app)"

# --- Faulty rows, and different decisions about tables

copy fresh app
rm -rf supabase.* backups
psql -Xqd source <<-'SQL'
	DELETE FROM public.user_payments WHERE id = md5('late')::uuid;
	DELETE FROM public.user_agreements WHERE id = md5('late')::uuid;
	UPDATE public.user_subscriptions SET status = 'odd' WHERE plan = 'Patron';
	UPDATE public.user_subscriptions SET billing_cycle = 'fortnightly' WHERE plan = 'Tokyo';
	UPDATE public.user_payment_methods SET last4 = '12' WHERE type = 'sepa_debit';
	UPDATE public.user_billing_schedules SET amount = 79.999 + 0.001 * 0, currency = 'EU' WHERE amount = 80;
	UPDATE public.user_payments SET refunded_amount = 41 WHERE refunded_amount = 15;
	UPDATE public.user_payments SET status = 'partially_refunded' WHERE status = 'refunded';
	UPDATE public.user_agreements SET content = ' ' WHERE document = 'Privacy';
	INSERT INTO public.newsfeedpost VALUES (md5('empty')::uuid, ' ', now());
SQL
want 0 '' tenantry migrate supabase plan
want 0 '9 rejected' tenantry migrate supabase dry-run
for reason in 'the status ""odd"" of a subscription is not known here' 'the interval of its periods is not known here' '""12"" is not the last four digits of a number' '""EU"" is not a currency' \
	'the status ""partially_refunded"" of a payment is not known here' 'the text that was accepted is missing' 'it has no text'; do
	grep -qF -- "$reason" supabase.rejects.csv && held || fail "supabase.rejects.csv has no \"$reason\""
done
rm supabase.yaml
psql -Xqd source -c 'ALTER TABLE public.user_payments RENAME COLUMN amount TO cents' -c 'ALTER TABLE public.user_agreements DROP COLUMN content'
want 1 'public.user_payments.amount has no column; name one, or write "archive" or "skip because ..." as "becomes" of the table' tenantry migrate supabase plan
become user_payments 'later'
want 1 'public.user_payments becomes neither "import" nor "archive" nor "skip because ..."' tenantry migrate supabase plan
become user_payments archive
become user_agreements 'skip because its texts are on paper'
become user_subscriptions archive
become user_billing_schedules archive
become newsfeedpost archive
want 0 'public.user_agreements: skip because its texts are on paper' tenantry migrate supabase plan
printed '184_user_payments                     -  Imports the payments, and posts received payments to the ledger (left out: the plan does not import the table)'
become user_payment_methods 'skip because they are entered again'
want 0 '' tenantry migrate supabase plan
want 0 'go: ' tenantry migrate supabase dry-run
sign_all supabase
want 0 'supabase.archive.ndjson has 24 rows of tables that become "archive"' tenantry migrate supabase run --execute --yes
same "the archive of payments" 8 "$(grep -c '"table": "public.user_payments"' supabase.archive.ndjson)"
same "payments, texts, accounts" "0 0 0" "$(one "SELECT concat_ws(' ', (SELECT count(*) FROM membership.user_payments), (SELECT count(*) FROM membership.agreement_documents),
	(SELECT count(*) FROM membership.ledger_accounts))")"
summary tables
