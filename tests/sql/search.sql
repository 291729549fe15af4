-- Search, with the index and without: the answers must be the same.
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
