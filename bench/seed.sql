-- psql -v orgs=100 -v per_org=2000 -v big=0 -v pwhash=... : creates the organizations of bench/peer/db/seed.sql in
-- Tenantry's schema. Run this file as a superuser. Triggers are disabled while it inserts rows, so it also writes what
-- they maintain.
SET session_replication_role = replica;
SELECT setseed(0.42);
-- GIN indexes are built at the end, in one step.
SELECT string_agg(pg_get_indexdef(oid), ';') AS indexes, string_agg(oid::regclass::text, ', ') AS names
  FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'i'
   AND relam = (SELECT oid FROM pg_am WHERE amname = 'gin') \gset
DROP INDEX :names;

CREATE TEMP TABLE plan AS
	SELECT o AS n, md5('org' || o)::uuid AS org, :per_org AS contacts
	  FROM generate_series(1, :orgs) o
	UNION ALL SELECT :orgs + 1, md5('org' || (:orgs + 1))::uuid, :big WHERE :big > 0;

INSERT INTO identity.organization (id, name, slug)
	SELECT org, 'Organization ' || n, 'org' || n FROM plan;
INSERT INTO identity."user" (id, name, first_name, last_name, email,
	email_verified)
	SELECT md5('user' || u || 'org' || n), 'User ' || u || ' of ' || n, 'User', u || ' of ' || n,
		'user' || u || '@org' || n || '.test', true
	  FROM plan, generate_series(1, 10) u;
INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	SELECT md5('account' || id), id, 'credential', id, :'pwhash' FROM identity."user";
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	SELECT md5('member' || u || 'org' || n), org, md5('user' || u || 'org' || n), CASE u WHEN 10 THEN 'owner' ELSE 'member' END
	  FROM plan, generate_series(1, 10) u;
INSERT INTO crm.sales (org_id, id, first_name, last_name, email, administrator, user_id)
	SELECT org, u, 'User', u || ' of ' || n, 'user' || u || '@org' || n || '.test', false,
		md5('user' || u || 'org' || n)
	  FROM plan, generate_series(1, 10) u;
INSERT INTO crm.tags (org_id, id, name, color)
	SELECT org, i, 'Tag ' || i, '#abcdef' FROM plan, generate_series(0, 11) i;
-- The token of session s of user u of organization n is md5('user<u>@org<n>.test<s>').
INSERT INTO identity.session (id, token_hash, user_id, active_organization_id, expires_at)
	SELECT md5('session' || s || 'user' || u || 'org' || n),
		sha256(md5('user' || u || '@org' || n || '.test' || s)::bytea),
		md5('user' || u || 'org' || n), org, now() + interval '30 days'
	  FROM plan, generate_series(1, 10) u, generate_series(1, 10) s;

CREATE TEMP TABLE syl AS SELECT array['an','bel','cor','dan','el','far','gar','hol','is','jor',
	'kel','lan','mor','nor','ol','par','quin','ros','san','tor','ul','van','wil','xan','yor',
	'zel'] a;

INSERT INTO crm.companies (org_id, id, name, sector, size, website, city, country)
	SELECT org, i, 'Company ' || i || ' of ' || n,
		(array['tech','energy','health','retail','finance'])[1 + i % 5],
		(array[1,10,50,250,500])[1 + i % 5], 'https://company' || i || '.test',
		'City ' || i % 50, 'Country ' || i % 20
	  FROM plan, generate_series(1, greatest(contacts / 10, 1)) i;

INSERT INTO crm.contacts (org_id, id, first_name, last_name, gender, title, background, avatar,
	first_seen, last_seen, has_newsletter, status, tags, company_id, sales_id, linkedin_url,
	email_jsonb, phone_jsonb)
	SELECT r.org, r.i, r.fn, r.ln, (array['male','female','nonbinary'])[1 + r.i % 3],
		(array['CEO','CTO','Engineer','Buyer','Sales Manager','Accountant'])[1 + r.i % 6],
		'Met ' || r.fn || ' ' || r.ln || ' at a trade fair; interested in the annual plan, '
			|| 'wants a call back after the summer, prefers email. Ref ' || r.i,
		jsonb_build_object('src', 'https://avatars.test/' || md5(r.i::text) || '.png'),
		date_trunc('milliseconds', timestamptz '2024-01-01' + r.r3 * interval '500 days'),
		date_trunc('milliseconds', timestamptz '2025-06-01' + r.r4 * interval '500 days'),
		r.i % 2 = 0, (array['cold','warm','hot','in-contract'])[1 + r.i % 4],
		array[r.i % 7, 7 + r.i % 5]::bigint[], 1 + r.i % greatest(r.contacts / 10, 1),
		1 + r.i % 10, 'https://www.linkedin.com/in/' || r.fn || r.ln || r.i,
		jsonb_build_array(jsonb_build_object('email',
			lower(r.fn || '.' || r.ln || r.i) || '@example.test', 'type', 'Work')),
		jsonb_build_array(jsonb_build_object('number',
			'+1-555-' || lpad((r.i % 10000)::text, 4, '0'), 'type', 'Work'))
	  FROM (SELECT org, contacts, i, random() r3, random() r4,
			initcap(a[1 + floor(random() * 26)::int] || a[1 + floor(random() * 26)::int]) fn,
			initcap(a[1 + floor(random() * 26)::int] || a[1 + floor(random() * 26)::int]
				|| a[1 + floor(random() * 26)::int]) ln
		  FROM plan, syl, generate_series(1, contacts) i) r
	 ORDER BY r.i, r.org; -- rows of tenants are interleaved on disk, as in practice

-- Every second contact has a task, a third of which are open.
INSERT INTO crm.tasks (org_id, id, contact_id, type, text, due_date, done_date, sales_id)
	SELECT org, i, i, 'call', 'Call back', now(), CASE WHEN i % 3 > 0 THEN now() END, 1 + i % 10
	  FROM plan, generate_series(1, contacts, 2) i;
INSERT INTO crm.deals (org_id, id, name, company_id, contact_ids, category, stage, amount, created_at)
	SELECT org, i, 'Deal ' || i, 1 + i % greatest(contacts / 10, 1), array[i]::bigint[],
		(array['copywriting','print-project','ui-design','website-design'])[1 + i % 4],
		(array['opportunity','proposal-sent','in-negociation','won','lost'])[1 + i % 5], i * 100,
		now() - i * interval '1 minute'
	  FROM plan, generate_series(1, greatest(contacts / 5, 1)) i;
INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
	SELECT d.org_id, d.id, x FROM crm.deals d, unnest(d.contact_ids) x;
-- A large board has 500 cards in five columns. Closed deals are archived.
UPDATE crm.deals SET index = id / 5, stage = CASE WHEN id <= 500 THEN stage ELSE (ARRAY['won', 'lost'])[1 + id % 2] END,
	archived_at = CASE WHEN id > 500 THEN now() END
 WHERE org_id = (SELECT org FROM plan WHERE n > :orgs);
RESET session_replication_role;
UPDATE identity.organization_member SET role = role;	-- triggers set the values that depend on it
-- The triggers of a configuration write its choices.
DO $$
DECLARE
	one uuid;
BEGIN
	FOR one IN SELECT org FROM plan LOOP
		PERFORM set_config('app.org_id', one::text, true);
		INSERT INTO crm.configuration (org_id, config)
		SELECT one, jsonb_build_object('companySectors', jsonb_agg(jsonb_build_object('value', x, 'label', x)))
		  FROM unnest('{tech,energy,health,retail,finance}'::text[]) x;
	END LOOP;
END $$;
-- Writes the search documents of all rows.
SELECT crm.write_documents(tgrelid) FROM pg_trigger WHERE tgname = 'document' \g /dev/null
:indexes;
-- As if the daily scan for duplicates had ended, since it would take a millisecond for each of these rows.
INSERT INTO ops.duplicate_scan (org_id, resource, since, due_at)
SELECT p.org, r, now(), now() + interval '1 day' FROM plan p, unnest('{contacts,companies}'::text[]) r
ON CONFLICT (org_id, resource) DO UPDATE SET since = excluded.since, due_at = excluded.due_at;
VACUUM ANALYZE;
-- As between two runs of autovacuum, the newest tenth of the contacts has changed.
SET session_replication_role = replica;
UPDATE crm.contacts c SET status = status FROM plan p WHERE c.org_id = p.org AND c.id > p.contacts * 0.9;
-- An older revision that bench/compare measures counts its lists.
SELECT to_regprocedure('ops.count_total(regclass)') IS NOT NULL AS keeps_totals \gset
\if :keeps_totals
SELECT ops.count_total(t) FROM unnest('{crm.contacts,crm.companies,crm.deals,crm.tasks,crm.contact_notes,'
	'crm.deal_notes}'::regclass[]) t;
DO $$
BEGIN
	ASSERT NOT EXISTS (SELECT FROM ops.wrong_totals());
END $$;
\endif
CHECKPOINT;
