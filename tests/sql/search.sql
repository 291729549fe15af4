-- Search must return the same rows whether the documents of the rows are indexed or not.
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
INSERT INTO crm.contacts (first_name, last_name) VALUES ('Émile', 'Öztürk'), ('Ma', 'Ya');
INSERT INTO crm.contacts (first_name, last_name) VALUES ('Łukasz', 'Ørsted Đorđe Straße Ægir Isparta Þór Œuvre');
INSERT INTO crm.contacts (background) VALUES ('?');
INSERT INTO crm.deals (name, stage, category, description) VALUES ('Website relaunch', 'opportunity', 'website-design', 'a client area'),
	('Invoice 2024-000123', 'opportunity', NULL, NULL), ('Renewal until 2024-12-31', 'opportunity', NULL, NULL);
COMMIT;

RESET ROLE;
CREATE FUNCTION test.found(q text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(coalesce(first_name, '-'), ' ' ORDER BY first_name), '') FROM crm.contacts
	 WHERE id = ANY ((SELECT crm.search_contacts(q))::bigint[])
$$;
GRANT EXECUTE ON FUNCTION test.found(text) TO tenantry_app;
-- The same rows are found before and after the documents are indexed.
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE indexed)::text, '0', 'none is indexed by a write');
\set how ', not indexed yet'
\ir search_cases.sql
SELECT test.ok(crm.index_documents(6), 'some are indexed');
RESET ROLE;
SELECT test.ok((SELECT count(*) FROM crm.search_documents WHERE indexed) BETWEEN 1 AND 6, 'no more than asked for');
SELECT test.is((SELECT count(DISTINCT org_id) FROM crm.search_documents WHERE indexed)::text, '2', 'of each organization');
\set how ', some indexed'
\ir search_cases.sql
SELECT test.ok(NOT crm.index_documents(100), 'the others as well, and the next batch can wait');
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '0', 'all are indexed');
\set how ', by the index'
\ir search_cases.sql
BEGIN; SELECT test.as('ada') \gset
UPDATE crm.contacts SET background = background || ' Likes tea' WHERE last_name = 'Okafor';
SELECT test.is(test.found('tea'), 'Maya', 'a change is found in its transaction');
UPDATE crm.contacts SET last_seen = now();
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '1', 'and no other is indexed again');
ROLLBACK;
RESET ROLE;
-- If a text has more lexemes than a tsvector holds, its last words are not indexed.
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
WITH long AS (SELECT string_agg('a.b.c.' || n || repeat(chr(66600), 87) || '@d', ' ') || ' 555-0199-123 '
	|| (SELECT string_agg(chr(66600 + n % 40) || chr(66600 + n / 40 % 40) || chr(66600 + n / 1600) || repeat(chr(66600), 47), ' ')
		FROM generate_series(1, 4000) n) AS text FROM generate_series(1, 200) n)
INSERT INTO crm.contact_notes (contact_id, text) SELECT c.id, l.text FROM crm.contacts c, long l WHERE c.last_name = 'Okafor';
SELECT test.ok(length(text) > 220000, 'a very long text') FROM crm.contact_notes;
SELECT test.as('bob') \gset
INSERT INTO crm.contacts (last_name) VALUES ('Later');
DO 'BEGIN WHILE crm.index_documents(100) LOOP END LOOP; END';
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '0', 'is indexed, and so are others');
SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*) FROM crm.find_documents(q, NULL, 9))::text, '1', 'and is found by ' || right(q, 20))
  FROM unnest(ARRAY['5550199123', '100' || repeat(chr(66600), 87) || '@d']) q;
ROLLBACK;
-- Texts with a total of about 200 kB are indexed together, but at least one text.
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
INSERT INTO crm.contact_notes (contact_id, text) SELECT id, repeat('a few words ', 5000) FROM crm.contacts, generate_series(1, 10)
 WHERE last_name = 'Okafor';
SELECT test.ok(crm.index_documents(100), 'there is more');
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '6', 'four of 60 kB each');
ROLLBACK;
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
INSERT INTO crm.contact_notes (contact_id, text) SELECT id, repeat('a few words ', 20000) FROM crm.contacts, generate_series(1, 3)
 WHERE last_name = 'Okafor';
SELECT crm.index_documents(100) IS NULL AS x \gset
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '2', 'one of 240 kB');
ROLLBACK;
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name) SELECT 'Company ' || n FROM generate_series(1, 90) n;
SELECT crm.index_documents(100) IS NULL AS x \gset
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '0', 'one organization alone may have all');
ROLLBACK;
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT set_config('app.request_id', 'import 1', true) \gset
INSERT INTO crm.companies (name) SELECT 'Imported ' || n FROM generate_series(1, 3) n;
UPDATE crm.companies SET name = name || ' Ltd' WHERE name ~ 'Imported';
SELECT test.is((SELECT count(*) FROM crm.find_documents('imported ltd', NULL, 9))::text, '3', 'what was imported is found');
RESET ROLE;
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '0', 'and indexed at once');
ROLLBACK;
-- An error in one organization does not stop the others.
BEGIN; SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (last_name) VALUES ('Earlier');
SELECT test.as('bob') \gset
INSERT INTO crm.contacts (last_name) VALUES ('Later');
RESET ROLE;
CREATE OR REPLACE FUNCTION crm.lexemes(org uuid, kind text, title text, body text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS
	$$ BEGIN IF title = 'Earlier' THEN RAISE 'no'; END IF; RETURN ''; END $$;
SET LOCAL client_min_messages = error;
DO 'BEGIN WHILE crm.index_documents(100) LOOP END LOOP; END';
SET LOCAL client_min_messages = notice;
SELECT test.is((SELECT string_agg(title, ' ') FROM crm.search_documents WHERE NOT indexed), 'Earlier', 'one cannot be indexed, others are');
ROLLBACK;
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

-- The search across all resources
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
-- Documents that differ from their rows are reported and rewritten.
BEGIN; SELECT test.as('ada') \gset
UPDATE crm.search_documents SET title = 'Wrong' WHERE title = 'Maya Okafor';
DELETE FROM crm.search_documents WHERE title = 'Website relaunch';
INSERT INTO crm.search_documents (kind, id, title, body) VALUES ('deals', 1, 'None', '');
SELECT test.is((SELECT count(*) FROM crm.wrong_documents())::text, '4', 'wrong, missing and superfluous documents are named');
SELECT crm.write_documents(tgrelid) IS NULL AS x FROM pg_trigger WHERE tgname = 'document' \g /dev/null
SELECT test.is((SELECT count(*) FROM crm.wrong_documents())::text, '0', 'and repaired');
ROLLBACK;
-- The text has many combining marks. Normalizing them as one text takes minutes and cannot be canceled.
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (first_name, background) VALUES ('Marked', repeat(chr(1155) || chr(790), 32000));
SET LOCAL statement_timeout = '30s';
SELECT crm.index_documents(100) IS NULL AS x \g /dev/null
SELECT test.is((SELECT count(*) FROM crm.search_documents WHERE NOT indexed)::text, '0', 'a text of combining marks is indexed'),
	test.is(test.found('marked'), 'Marked', 'and found');
ROLLBACK;
-- The comparison of the organization separates two organizations whose lexemes have the same prefix.
BEGIN;
CREATE OR REPLACE FUNCTION crm.lexeme_mark(org uuid, kind text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''';
REINDEX INDEX crm.search_documents_lexemes;
SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*) FROM crm.find_documents('okafor', NULL, 9))::text, '1', 'another''s is not, whatever its mark'),
	test.is(cardinality(crm.find_alike('contacts', crm.profile_of('contacts', '{"first_name": "Maya", "last_name": "Okafor"}'), NULL, 9))::text,
		'1', 'nor as a duplicate');
ROLLBACK;
-- A document matches a row that row security hides, but the row is not returned.
BEGIN;
CREATE POLICY narrow ON crm.contacts AS RESTRICTIVE FOR SELECT TO tenantry_app USING (last_name <> 'Okafor');
SET LOCAL ROLE tenantry_app; SELECT test.as('ada') \gset
SELECT test.is(crm.search('okafor', NULL, 9), '[]', 'what the caller may not read is not found');
SELECT test.is((SELECT count(*) FROM crm.alike('contacts', '{"first_name": "Maya", "last_name": "Okafor"}', NULL))::text, '0',
	'nor told as a duplicate');
ROLLBACK;
-- If many rows match, a page contains only the first rows of the list, and the total.
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (id, name) VALUES (77, 'Zebra & Co'), (78, 'Others');
INSERT INTO crm.contacts (first_name, last_name, background, company_id, last_seen)
SELECT 'Common', CASE WHEN n % 10 = 0 THEN 'Rare' ELSE 'Often' END, CASE WHEN n % 3 = 0 THEN 'o''hara' ELSE 'o hara x' END,
	77 + n % 2, now() - n * interval '1 minute' FROM generate_series(1, 2500) n;
CREATE FUNCTION pg_temp.paged(q text, search text, down boolean, need bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found bigint[];
BEGIN
	PERFORM crm.search_page(q, search, 'last_seen', down, need);
	found := current_setting('app.found')::bigint[];
	EXECUTE format('SELECT %s($1)', search) INTO found USING q;
	RETURN concat_ws(' ', (SELECT array_agg(id ORDER BY n) FROM (SELECT t.id, row_number() OVER () AS n FROM (SELECT id
			FROM crm.contacts WHERE id = ANY (found) ORDER BY CASE WHEN down THEN -extract(epoch FROM last_seen)
			ELSE extract(epoch FROM last_seen) END NULLS LAST, CASE WHEN down THEN -id ELSE id END LIMIT need) t) x)
		= (SELECT array_agg(id ORDER BY n) FROM (SELECT t.id, row_number() OVER () AS n FROM (SELECT id
			FROM crm.contacts WHERE id = ANY (current_setting('app.found')::bigint[]) ORDER BY CASE WHEN down
			THEN -extract(epoch FROM last_seen) ELSE extract(epoch FROM last_seen) END NULLS LAST,
			CASE WHEN down THEN -id ELSE id END LIMIT need) t) x),
		coalesce(nullif(current_setting('app.total'), '')::bigint, cardinality(current_setting('app.found')::bigint[]))
			= cardinality(found), current_setting('app.total'));
END $$;
SELECT test.is(pg_temp.paged('common', 'crm.search_contacts', true, 25), 't t 2500', 'the last ones of many'),
	test.is(pg_temp.paged('comm', 'crm.search_contacts', false, 40), 't t 2500', 'the first ones'),
	test.is(pg_temp.paged('common', 'crm.search_contact_names', true, 25), 't t 2500', 'by name'),
	test.is(pg_temp.paged('common o''hara', 'crm.search_contacts', true, 25), 't t 2500', 'words that follow each other'),
	test.is(pg_temp.paged('common-often', 'crm.search_contacts', true, 25), 't t 2250', 'others in between'),
	test.is(pg_temp.paged('common zebra', 'crm.search_contacts', true, 25), 't t ', 'few documents have all words'),
	test.is(pg_temp.paged('common o', 'crm.search_contacts', true, 25), 't t 2500', 'a word of companies as well'),
	test.is(pg_temp.paged('common', 'crm.search_contacts', true, 501), 't t ', 'a long page'),
	test.is(pg_temp.paged('rare', 'crm.search_contacts', true, 25), 't t ', 'few rows');
INSERT INTO crm.companies (id, name) SELECT 1000 + n, 'Many ' || n FROM generate_series(1, 600) n;
INSERT INTO crm.contacts (first_name, last_name, company_id) VALUES ('Uniq', 'Mixed', 1005);
SELECT test.is(string_agg(cardinality(crm.search_contacts(q))::text, ' ' ORDER BY q), '1 1 0 1 1', 'words of many companies')
  FROM unnest('{many 5,mixed many uniq,often many,uniq 5,uniq many}'::text[]) q;
INSERT INTO crm.companies (id, name) VALUES (2000, 'Delta Gamma');
INSERT INTO crm.contacts (first_name, last_name, background, company_id) VALUES ('Phrase', 'Crossing', 'ends with Alpha', 2000);
SELECT test.is(string_agg(cardinality(crm.search_contacts(q))::text, ' ' ORDER BY q), '1 0 1', 'a phrase is not half of a company')
  FROM unnest('{alpha delta gamma,alpha-delta gamma,delta-gamma alpha}'::text[]) q;
DO 'BEGIN WHILE crm.index_documents(1000) LOOP END LOOP; END';
CREATE FUNCTION pg_temp.contacts_read() RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_all_tables WHERE relid = 'crm.contacts'::regclass
$$;
CREATE FUNCTION pg_temp.read_by(sort text, down boolean) RETURNS bigint LANGUAGE plpgsql SET enable_sort = off AS $$
DECLARE
	before bigint := pg_temp.contacts_read();
BEGIN
	PERFORM crm.search_page('common', 'crm.search_contacts', sort, down, 25);
	RETURN pg_temp.contacts_read() - before;
END $$;
SET LOCAL ROLE tenantry_app;
SELECT test.ok(pg_temp.read_by(sort, down) < 1000, format('a page by %s reads few contacts, %s', sort, down))
  FROM (VALUES ('id', true), ('id', false), ('last_seen', true)) q (sort, down);
SELECT test.is(pg_temp.paged('common', 'crm.search_contacts', true, 25), 't t 2500', 'by the index'),
	test.is(pg_temp.paged('common o', 'crm.search_contacts', true, 25), 't t 2500', 'by the index of companies');
RESET ROLE;
CREATE POLICY narrow ON crm.contacts AS RESTRICTIVE FOR SELECT TO tenantry_app USING (last_name <> 'Often');
SET LOCAL ROLE tenantry_app;
SELECT crm.search_page('common', 'crm.search_contacts', 'last_seen', true, 25) \g /dev/null
SELECT test.is(current_setting('app.total'), '', 'documents are not counted if some rows may not be read'),
	test.is((SELECT count(*)::text FROM crm.contacts WHERE id = ANY (current_setting('app.found')::bigint[])), '250', 'but rows');
ROLLBACK;
-- Rows that a filter excludes do not match, and patterns match the same rows.
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (first_name, last_name, background, email_jsonb, phone_jsonb)
SELECT initcap(w[1 + n % 7]) || ' ' || w[1 + n % 5], w[1 + n % 11] || w[1 + n % 3], w[1 + n % 9] || ', ' || w[1 + n % 4] || 'x 1' || n,
	jsonb_build_array(jsonb_build_object('email', 'w' || n % 9 || '.' || n || '@X.test')),
	jsonb_build_array(jsonb_build_object('number', '+33 (0)1-' || 20 * n || ' ' || 1000 + n))
  FROM generate_series(1, 120) n,
	LATERAL (SELECT '{anna,bob,çelik,drake,éon,føns,gull,hopper,ivo,jonas,könig}'::text[]) x (w);
CREATE TEMP TABLE asked ON COMMIT DROP AS
	SELECT DISTINCT q FROM crm.search_documents d, unnest(crm.search_words(title || ' ' || body)) w,
		unnest(ARRAY[w, left(w, 3), right(w, 4), overlay(w PLACING 'q' FROM 3 FOR 1), w || 's', substr(w, 2),
			w || ' ' || left(w, 2), w || '.1@x.te', '1.1@x', '33 ' || w, w || '-' || left(w, 2), replace(w, 'o', '-')]) q WHERE q <> '';
RESET ROLE;
WITH d AS MATERIALIZED (SELECT crm.lexemes(org_id, kind, title, body) AS l, crm.folded(title || E'\n' || body) AS t
	  FROM crm.search_documents WHERE kind = 'contacts' AND title <> 'Maya Okafor'),
     r AS MATERIALIZED (SELECT q, crm.query_patterns(q) AS patterns, r.* FROM asked,
	(SELECT org_id FROM crm.search_documents WHERE title = 'Émile Öztürk') o, crm.read_query(q, org_id, 'contacts') r)
SELECT test.ok(count(DISTINCT q) > 300, 'many queries'),
	test.ok(count(*) FILTER (WHERE l @@ misspelt AND NOT l @@ anywhere) > 100, 'some misspelt'),
	test.is(string_agg(DISTINCT q, ' ') FILTER (WHERE l @@ misspelt AND NOT t ~ ALL (misspelt_filters)
		OR l @@ anywhere AND t ~ ALL (coalesce(phrases, '{}')) AND NOT t ~ ALL (filters)), NULL, 'filters keep what matches'),
	test.is(string_agg(DISTINCT q, ' ') FILTER (WHERE (l @@ anywhere AND t ~ ALL (coalesce(phrases, '{}'))) <> (t ~ ALL (patterns))), NULL,
		'patterns and lexemes say the same')
  FROM d, r;
ROLLBACK;
SET enable_seqscan = off;
SELECT test.plan_of('SELECT FROM crm.search_documents d WHERE d.indexed AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ ''x''::tsquery') AS plan \gset
SELECT test.ok(:'plan' LIKE '%search_documents_lexemes%', 'by the index of lexemes');
SELECT test.plan_of('SELECT FROM crm.search_documents d WHERE NOT d.indexed AND d.org_id = gen_random_uuid()') AS plan \gset
SELECT test.ok(:'plan' LIKE '%search_documents_unindexed%', 'by the index of what is left');

-- An import indexes its documents itself, and the task empties the pending list of the index.
RESET ROLE;
BEGIN; SELECT test.as('ada') \gset
SELECT set_config('app.request_id', 'import 1', true) \gset
INSERT INTO crm.contacts (last_name) VALUES ('Imported');
COMMIT;
SELECT test.ok(NOT crm.index_documents(100), 'nothing is left to index'),
	test.is(gin_clean_pending_list('crm.search_documents_lexemes')::text, '0', 'nor to move to the index');
