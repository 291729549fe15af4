-- This file is included by bench/search. It creates rows with names and words of uneven frequency, and :others smaller
-- organizations with three times as many rows in total.
SET session_replication_role = replica;
SELECT setseed(0.42) IS NULL AS x \gset
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO tenantry_app;
CREATE TABLE bench.plan AS SELECT md5('org' || o)::uuid AS org,
	(CASE WHEN o = 0 THEN :rows ELSE :rows * 3 / 400 END)::int AS n FROM generate_series(0, :others) o;
INSERT INTO identity.organization (id, name, slug) SELECT org, 'o', left(org::text, 8) FROM bench.plan;
INSERT INTO crm.sales (org_id, id, email, administrator, user_id)
	SELECT org, 1, '1@x.test', false, '1' FROM bench.plan;
CREATE FUNCTION bench.say(k int) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT string_agg(translate(left(md5(floor(20000 * power(random(), 3))::int::text),
		4 + (random() * 4)::int), '0123456789', 'ghijklmnop'), ' ') FROM generate_series(1, k)
$$;
CREATE FUNCTION bench.name() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT initcap(s[1 + floor(random() * 26)::int] || s[1 + floor(random() * 26)::int]
		|| (ARRAY['', 'a', 'son', 'sen', 'man', 'berg'])[1 + floor(random() * 6)::int])
	  FROM (SELECT '{an,bel,cor,dan,el,far,gar,hol,is,jor,kel,lan,mor,nor,ol,par,quin,ros,san,'
		'tor,ul,van,wil,xan,yor,zel}'::text[] AS s) x
$$;
INSERT INTO crm.companies (org_id, id, name, sector, website, city, description)
	SELECT org, i, bench.name() || ' ' || bench.name() || ' Ltd', 'information-technology',
		'https://' || lower(bench.name()) || i || '.test', 'City ' || i % 50, bench.say(10)
	  FROM bench.plan, generate_series(1, n / 10) i;
INSERT INTO crm.contacts (org_id, id, first_name, last_name, title, background, company_id, sales_id,
	email_jsonb, phone_jsonb)
	SELECT org, i, fn, ln, (ARRAY['CEO', 'CTO', 'Engineer', 'Buyer'])[1 + i % 4], bench.say(12),
		1 + i % (n / 10), 1,
		jsonb_build_array(jsonb_build_object('email', lower(fn || '.' || ln || i) || '@example.test')),
		jsonb_build_array(jsonb_build_object('number', '+1-555-' || lpad(i::text, 7, '0')))
	  FROM (SELECT org, n, i, bench.name() AS fn, bench.name() AS ln
		  FROM bench.plan, generate_series(1, n) i) r ORDER BY i;
INSERT INTO crm.deals (org_id, id, name, company_id, category, stage, description)
	SELECT org, i, 'Deal ' || bench.say(2), 1 + i % (n / 10), 'website-design', 'won', bench.say(8)
	  FROM bench.plan, generate_series(1, n / 5) i;
INSERT INTO crm.contact_notes (org_id, id, contact_id, text, sales_id)
	SELECT org, i, i, bench.say(35), 1 FROM bench.plan, generate_series(1, n * 9 / 20) i;
INSERT INTO crm.tasks (org_id, id, contact_id, text, sales_id)
	SELECT org, i, i, 'Call ' || bench.say(4), 1 FROM bench.plan, generate_series(1, n / 4) i;
SET session_replication_role = origin;
SET maintenance_work_mem = '1GB';
DROP INDEX crm.search_documents_lexemes;
SELECT crm.write_documents(t) IS NULL AS x
  FROM unnest('{crm.companies,crm.contacts,crm.deals,crm.contact_notes,crm.tasks}'::regclass[]) t \g /dev/null
CREATE INDEX search_documents_lexemes ON crm.search_documents
	USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off) WHERE indexed;
VACUUM ANALYZE;

SELECT set_config('app.org_id', md5('org0')::uuid::text, false) IS NULL AS x,
	set_config('app.user_id', '1', false) IS NULL AS y, set_config('app.grants', '*', false) IS NULL AS z \gset
CREATE TABLE bench.asked AS
	SELECT a.* FROM (SELECT * FROM crm.contacts WHERE org_id = md5('org0')::uuid
		ORDER BY random() LIMIT 200) c, LATERAL (VALUES
		('name', c.first_name || ' ' || c.last_name), ('beginning', left(c.last_name, 4)),
		('misspelt', overlay(c.first_name PLACING 'q' FROM 3 FOR 1) || ' '
			|| overlay(c.last_name PLACING '' FROM 4 FOR 1)),
		('address', c.email_jsonb->0->>'email'), ('number', right(c.phone_jsonb->0->>'number', 7)),
		('company', (SELECT o.name FROM crm.companies o WHERE o.org_id = c.org_id AND o.id = c.company_id)),
		('two words', c.first_name || ' ' || split_part(c.background, ' ', 3))) a (kind, q)
	UNION ALL SELECT 'words of a note', split_part(text, ' ', 3) || ' ' || split_part(text, ' ', 9)
	  FROM (SELECT * FROM crm.contact_notes WHERE org_id = md5('org0')::uuid
		ORDER BY random() LIMIT 200) n
	UNION ALL SELECT 'a word of all', (ARRAY['example', 'test', '555', 'call', 'deal'])[1 + i % 5]
	  FROM generate_series(1, 50) i;
GRANT SELECT ON bench.asked TO tenantry_app;
CREATE TABLE bench.took (what text, kind text, ms float8);
GRANT INSERT ON bench.took TO tenantry_app;
SET jit = off;
SET plan_cache_mode = force_generic_plan;
SET ROLE tenantry_app;
-- Measures the search over all types, and q of the contact list: the search, a page and the total.
DO $$
DECLARE
	a record;
	since timestamptz;
	rows record;
BEGIN
	FOR turn IN 1 .. 2 LOOP
		FOR a IN SELECT * FROM bench.asked LOOP
			since := clock_timestamp();
			PERFORM crm.search(a.q, NULL, 20);
			IF turn = 2 THEN
				INSERT INTO bench.took VALUES ('all types', a.kind,
					extract(epoch FROM clock_timestamp() - since) * 1000);
			END IF;
			CONTINUE WHEN a.kind IN ('misspelt', 'words of a note');
			since := clock_timestamp();
			PERFORM crm.search_page(a.q, 'crm.search_contacts', 'last_seen', true, 25);
			PERFORM t.* FROM crm.contacts_summary t WHERE t.id = ANY (ARRAY(SELECT
				unnest(current_setting('app.found')::bigint[])))
				ORDER BY t.last_seen DESC NULLS LAST, t.id DESC LIMIT 25;
			PERFORM coalesce(nullif(current_setting('app.total'), '')::bigint, (SELECT count(*)
				FROM crm.contacts_summary t WHERE t.id = ANY (ARRAY(SELECT
				unnest(current_setting('app.found')::bigint[])))));
			IF turn = 2 THEN
				INSERT INTO bench.took VALUES ('list of contacts', a.kind,
					extract(epoch FROM clock_timestamp() - since) * 1000);
			END IF;
		END LOOP;
	END LOOP;
END $$;
RESET ROLE;
CREATE FUNCTION bench.write(k int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	since timestamptz := clock_timestamp();
	half timestamptz;
BEGIN
	FOR i IN 1 .. k LOOP
		INSERT INTO crm.contacts (first_name, last_name, background, email_jsonb, sales_id)
		VALUES (bench.name(), bench.name(), 'Met at a trade fair, wants a call after the summer',
			jsonb_build_array(jsonb_build_object('email', bench.name() || i || '@x.test')), 1);
	END LOOP;
	half := clock_timestamp();
	FOR i IN 1 .. k LOOP
		INSERT INTO crm.contact_notes (contact_id, text, sales_id) VALUES (i, bench.say(35), 1);
	END LOOP;
	RETURN format('%s ms a contact, %s ms a note',
		round((extract(epoch FROM half - since) * 1000 / k)::numeric, 2),
		round((extract(epoch FROM clock_timestamp() - half) * 1000 / k)::numeric, 2));
END $$;
\pset tuples_only off
\pset format aligned
SELECT what, kind AS asked, count(*),
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 1) AS p50,
	round(percentile_cont(0.95) WITHIN GROUP (ORDER BY ms)::numeric, 1) AS p95,
	round(max(ms)::numeric, 1) AS max FROM bench.took GROUP BY what, kind ORDER BY 1, 2;
BEGIN;
SELECT bench.write(300) IS NULL AS warm, bench.write(1000) AS "with documents";
SET LOCAL app.request_id = 'import 1';
SELECT bench.write(1000) AS "with documents that are indexed at once";
SET LOCAL app.request_id = '';
ALTER TABLE crm.contacts DISABLE TRIGGER document;
ALTER TABLE crm.contact_notes DISABLE TRIGGER document;
SELECT bench.write(300) IS NULL AS warm, bench.write(1000) AS "without";
ALTER TABLE crm.contacts ENABLE TRIGGER document;
SELECT bench.write(1000) IS NULL AS x \g /dev/null
SELECT clock_timestamp() AS since, count(*) AS n FROM crm.search_documents WHERE NOT indexed \gset
DO 'BEGIN WHILE crm.index_documents(100) LOOP END LOOP; END';
SELECT :n AS documents, round((extract(epoch FROM clock_timestamp() - :'since') * 1000 / :n)::numeric, 3) AS "ms to index one";
ROLLBACK;
