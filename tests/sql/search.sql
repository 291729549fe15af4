-- Search with and without the index must return the same rows.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x, test.sign_up('bob', open => true) IS NULL AS y \gset
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT identity.create_organization('B', 'b', NULL, NULL, false) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('bob') \gset
INSERT INTO crm.contacts (first_name, last_name) VALUES ('Maya', 'Okafor');
COMMIT;
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name, phone_number, website, zipcode, city, state_abbr) VALUES
	('Brightlane Studio', '+1 555 0110', 'https://brightlane.test', '97201', 'Portland', 'OR'),
	('50% Off_Ltd', NULL, NULL, NULL, NULL, NULL);
INSERT INTO crm.contacts (first_name, last_name, title, background, email_jsonb, phone_jsonb, company_id)
SELECT 'Maya', 'Okafor', 'Creative director', E'Met at the fair.\nLikes O''Neil, (jazz) and 100% wool', '[{"email": "Maya.O@brightlane.test"}]', '[{"number": "+1 555 0151"}]', id
  FROM crm.companies WHERE name LIKE 'B%';
INSERT INTO crm.contacts (first_name, last_name) VALUES ('Émile', 'Öztürk'), ('Ma', 'Ya'), (NULL, NULL);
INSERT INTO crm.deals (name, stage, category, description) VALUES ('Website relaunch', 'lead', 'website-design', 'a client area');
COMMIT;

RESET ROLE;
CREATE FUNCTION test.found(q text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(coalesce(first_name, '-'), ' ' ORDER BY first_name), '') FROM crm.contacts
	 WHERE id = ANY ((SELECT crm.search_contacts(q))::bigint[])
$$;
GRANT EXECUTE ON FUNCTION test.found(text) TO tenantry_app;
\set how ', read from end to end'
\ir search_cases.sql
RESET ROLE;
SELECT test.ok(crm.index_search(), 'an index can be had');
\set how ', by the index'
\ir search_cases.sql
RESET ROLE;
SELECT test.ok(crm.index_search(), 'asked for twice, made once');
SET enable_seqscan = off;
SET ROLE tenantry_search;
SELECT set_config('plan_cache_mode', 'force_generic_plan', false) AS x \gset
PREPARE by_index (text) AS SELECT id FROM crm.contacts c WHERE lower(crm.contact_document(
	first_name, last_name, title, background, email_fts, phone_fts)) LIKE $1;
RESET ROLE;
CREATE FUNCTION test.plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
GRANT USAGE ON SCHEMA test TO tenantry_search;
GRANT EXECUTE ON FUNCTION test.plan_of(text) TO tenantry_search;
SET ROLE tenantry_search;
SELECT test.plan_of('EXECUTE by_index (''%x%'')') AS plan \gset
RESET ROLE;
SELECT test.ok(:'plan' LIKE '%contacts_document%', 'the search role uses it');

-- The search across all resources.
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*) FROM crm.find_documents('okafor', NULL, 9))::text, '1', 'a document is found'),
	test.is((SELECT count(*) FROM crm.find_documents('okafro', NULL, 9))::text, '1', 'and misspelt'),
	test.is((SELECT count(*) FROM crm.find_documents('okafor', '{deals}', 9))::text, '0', 'and of its type alone'),
	test.is((SELECT count(*) FROM crm.find_documents('emile ozturk', NULL, 9))::text, '1', 'without its accents');
COMMIT;
SELECT test.is((SELECT count(*) FROM crm.find_documents('okafor', NULL, 9))::text, '0', 'without an organization none is');
RESET ROLE;
-- Documents written by triggers equal those written for existing rows.
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (last_name, title, email_jsonb, phone_jsonb) VALUES ('', 'Baker',
	'[{"email": "one@x.test"}, {"type": "Work"}, {"email": "two@x.test"}]', '[]'),
	('Nguyen', '', '[]', '[{"number": "020 794 60123"}, {"number": "+33 1 23 45 67 89"}]');
SELECT test.is((SELECT string_agg(format('%s|%s', title, body), ', ' ORDER BY body) FROM crm.search_documents
	WHERE title IN ('', 'Nguyen') AND body ~ '[a-z0-9]' AND kind = 'contacts'),
	E'Nguyen|020 794 60123, +33 1 23 45 67 89, |Baker\none@x.test, two@x.test', 'a document has what columns and lists say');
SELECT test.is(string_agg(f.n::text, ' '), '1 1', 'each of two numbers finds it')
  FROM (VALUES ('02079460123'), ('123456789')) q (text),
	LATERAL (SELECT count(*) AS n FROM crm.find_documents(q.text, NULL, 9)) f;
CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM crm.search_documents;
DELETE FROM crm.search_documents;
SELECT crm.write_documents(tgrelid) IS NULL AS x FROM pg_trigger WHERE tgname = 'document' \g /dev/null
SELECT test.ok((SELECT count(*) > 5 FROM kept), 'there are documents'),
	test.is((SELECT count(*) FROM kept k FULL JOIN crm.search_documents d USING (org_id, kind, id)
	WHERE (k.title, k.body) IS DISTINCT FROM (d.title, d.body))::text, '0', 'and are made again as they were');
ROLLBACK;
-- Two organizations whose lexemes have the same prefix are separated by the comparison of
-- the organization.
BEGIN;
CREATE OR REPLACE FUNCTION crm.lexeme_mark(org uuid) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''';
REINDEX INDEX crm.search_documents_lexemes;
SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*) FROM crm.find_documents('okafor', NULL, 9))::text, '1', 'another''s is not, whatever its mark'),
	test.is(cardinality(crm.find_alike('contacts', crm.profile_of('contacts', '{"first_name": "Maya", "last_name": "Okafor"}'), NULL, 9))::text,
		'1', 'nor as a duplicate');
ROLLBACK;
-- A row hidden by row security is found by its document, but not returned.
BEGIN;
CREATE POLICY narrow ON crm.contacts AS RESTRICTIVE FOR SELECT TO tenantry_app USING (last_name <> 'Okafor');
SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT test.is(crm.search('okafor', NULL, 9), '[]', 'what the caller may not read is not found');
SELECT test.is((SELECT count(*) FROM crm.alike('contacts', '{"first_name": "Maya", "last_name": "Okafor"}', NULL))::text, '0',
	'nor told as a duplicate');
ROLLBACK;
SET enable_seqscan = off;
SELECT test.plan_of('SELECT FROM crm.search_documents d WHERE crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ ''x''::tsquery') AS plan \gset
SELECT test.ok(:'plan' LIKE '%search_documents_lexemes%', 'by the index of lexemes');
