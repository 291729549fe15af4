-- Deleted rows are in the trash, and a restore returns exactly the same bytes.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x, test.sign_up('bob', open => true) IS NULL AS y \gset
BEGIN; SELECT test.as('ada', 'admin') \gset
SELECT identity.create_invite('i', sha256('i'), 'bob@example.test', NULL, NULL) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT identity.accept_invitation('i', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) IS NULL AS x \gset
COMMIT;
RESET ROLE;
UPDATE identity.organization SET modules = ARRAY(SELECT m.name FROM identity.module m);

-- Adds to each table a row with a value in every column, preferably a value that conversions alter, and a row without
-- optional values.
CREATE FUNCTION test.fill() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crm.companies (id, name, sector, size, linkedin_url, website, phone_number, address,
		zipcode, city, state_abbr, context_links, country, description, revenue, tax_identifier,
		logo, created_at)
	VALUES (9007199254740991, E'A "quoted"\n\\ name \u00e9\U0001F600', '', 500, 'l', 'w', '0', ' ',
		'007', 'c', 's', '[ "https://a.test" ,  {"b":1, "a":1.10, "b":2} ]', 'FR', 'd', '1e3', 't',
		'{"src": "x", "n": 1.10, "big": 12345678901234567890}', '0044-03-15 10:00:00.000001+00 BC'),
		(1, 'bare', NULL, NULL, NULL, 'https://bare.test', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, 'infinity');
	UPDATE crm.companies SET logo = NULL, website = NULL, sales_id = NULL WHERE id = 1;
	INSERT INTO crm.tags (id, name, color) VALUES (1, 't', '#fff'), (2, 'u', '#fff');
	INSERT INTO crm.field_definitions (resource, key, kind, label) VALUES ('tasks', 'place', 'text', 'Place');
	INSERT INTO crm.object_definitions (label, plural) VALUES ('Machine', 'Machines');
	INSERT INTO crm.records (object, name) VALUES ('custom_machines', 'Lathe');
	INSERT INTO crm.contacts (id, first_name, last_name, gender, title, background, avatar, first_seen,
		last_seen, has_newsletter, status, tags, company_id, linkedin_url, email_jsonb, phone_jsonb)
	VALUES (9007199254740991, 'a', 'b', 'g', 't', 'bg', '{"src": "x"}', '2026-01-01 00:00:00.123456+05',
		'-infinity', false, '', '{2,1}', 9007199254740991, 'l',
		'[{"email": "x@y.test", "type": null}]', '[{"number": "+1"}]'),
		(1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2020-01-01', NULL, NULL, '{}',
		9007199254740991, NULL, '[{"email": "A@acme.test"}]', NULL);
	UPDATE crm.contacts SET avatar = NULL, sales_id = NULL, email_jsonb = NULL WHERE id = 1;
	INSERT INTO crm.tasks (id, contact_id, type, text, due_date, done_date)
	VALUES (1, 1, 'call', 'x', now(), now()), (2, 9007199254740991, NULL, NULL, NULL, NULL);
	INSERT INTO crm.contact_notes (id, contact_id, text, date, status, attachments)
	VALUES (1, 9007199254740991, 'n', '2030-01-01', 'hot',
		ARRAY['{"src": "a\"b", "n": 1.0}', '[1, 2]', '"t"', NULL]::jsonb[]),
		(2, 1, NULL, NULL, NULL, NULL), (3, 1, '', '2030-01-01', NULL, '{}');
	UPDATE crm.contact_notes SET sales_id = NULL WHERE id = 2;
	UPDATE crm.contacts SET last_seen = '2020-01-01' WHERE id = 1;
	INSERT INTO crm.deals (id, name, company_id, contact_ids, category, stage, description, amount,
		created_at, archived_at, expected_closing_date, index)
	VALUES (1, 'd', 9007199254740991, '{1,9007199254740991}', 'other', 'won', 'x', 9223372036854775807, '2000-01-01',
		'2000-01-02', '0001-02-28 BC', 32767), (2, 'e', NULL, '{}', NULL, 'won', NULL, 0, now(), NULL,
		NULL, -1);
	UPDATE crm.deals SET updated_at = '1999-01-01', sales_id = NULL;
	INSERT INTO crm.deal_notes (id, deal_id, type, text, date, attachments)
	VALUES (1, 1, 't', 'x', now(), ARRAY['{"a": 1}']::jsonb[]), (2, 1, NULL, NULL, NULL, NULL);
	INSERT INTO crm.activities (id, contact_id, deal_id, type, subject, body, metadata)
	VALUES (1, 9007199254740991, 1, 'call', 's', 'b', '{"a": 1e400}'), (2, NULL, 1, 'note', NULL, NULL, '{}');
	INSERT INTO crm.appointments (id, contact_id, title, location, starts_at, ends_at, notes)
	VALUES (1, 1, 't', 'l', '2026-01-01', '2026-01-02', 'n');
	INSERT INTO crm.appointment_attendees (id, appointment_id, place, contact_id, email, status)
	VALUES (1, 1, 1, NULL, 'a@b.test', 'tentative');
	INSERT INTO crm.messages (id, channel, direction, body, external_id, metadata)
	VALUES (1, 'sms', 'outbound', 'b', 'e', '{"a": 1.10}');
	INSERT INTO crm.import_mappings (id, name, resource, columns, mapping, created_at)
	VALUES (1, 'm', 'contacts', '["a"]', '["first_name"]', '1999-01-01');
	INSERT INTO crm.automation_rules (id, name, trigger_type, action_type, action_config, updated_at)
	VALUES (1, 'r', 'contact.created', 'set_field', '{"field": "title", "value": "x"}', '1999-01-01'),
		(2, 'bare', 'contact.created', 'set_field', '{"field": "title", "value": "x"}', '1999-01-01');
	UPDATE crm.automation_rules SET sales_id = NULL WHERE id = 2;
	UPDATE crm.company_profiles SET type = 'principal', is_distributor = true, parent_id = 1 WHERE id = 9007199254740991;
	UPDATE crm.company_profiles SET is_principal = true WHERE id = 1;
	UPDATE crm.contact_organizations SET role = 'buyer', influence = 100, started_on = '0001-02-28 BC' WHERE contact_id = 1;
	INSERT INTO crm.contact_organizations (id, contact_id, company_id, role, started_on, ended_on, created_at)
	VALUES (1, 9007199254740991, 1, E'r\n', '2000-01-01', '2000-01-02', '1999-01-01');
	INSERT INTO crm.products (id, principal_id, sku, name, category, unit, description, archived_at, created_at, updated_at)
	VALUES (1, 9007199254740991, E'a \u00e9', 'p', 'c', 'kg', E'd\n', '2020-01-01', '1999-01-01', '2001-01-01'),
		(2, 1, 'a', 'q', NULL, NULL, NULL, NULL, '1999-01-01', '2001-01-01');
	INSERT INTO crm.price_lists (id, principal_id, name, currency, valid_from, valid_to, created_at, updated_at)
	VALUES (1, 9007199254740991, E'l \u00e9', 'EUR', '0001-02-28 BC', '2020-01-01', '1999-01-01', '2001-01-01'),
		(2, 1, 'm', 'USD', NULL, NULL, '1999-01-01', '2001-01-01');
	INSERT INTO crm.price_list_items (id, price_list_id, product_id, min_quantity, price, created_at, updated_at)
	VALUES (1, 1, 1, 10, 9223372036854775807, '1999-01-01', '2001-01-01'), (2, 2, 2, 0, 0, '1999-01-01', '2001-01-01');
	INSERT INTO crm.distributor_terms (id, principal_id, distributor_id, territory, exclusive, commission_rate, valid_from, valid_to,
		created_at, updated_at)
	VALUES (1, 1, 9007199254740991, E't \u00e9', true, 12.50, '2999-01-01', '2999-12-31', '1999-01-01', '2001-01-01'),
		(2, 9007199254740991, 1, NULL, false, 0, '2999-01-01', NULL, '1999-01-01', '2001-01-01');
	INSERT INTO crm.deals (id, name, company_id, stage, amount, currency) VALUES (3, 'f', 9007199254740991, 'won', 1, 'KWD');
	INSERT INTO crm.opportunity_participants (id, opportunity_id, company_id, contact_id, role, is_lead, note, created_at)
	VALUES (1, 3, 1, NULL, 'principal', true, E'n \u00e9', '1999-01-01'), (2, 3, NULL, 1, 'other', false, NULL, '1999-01-01'),
		(3, 2, 9007199254740991, NULL, 'partner', true, NULL, '1999-01-01'), (4, 2, 1, NULL, 'partner', false, NULL, '1999-01-01');
	-- The product of the last item will be deleted.
	INSERT INTO crm.opportunity_items (id, opportunity_id, product_id, name, quantity, unit_price, discount_percent,
		tax_percent, position, created_at, updated_at)
	VALUES (1, 3, 2, E'i \u00e9', 1.500, 92233720368547758, 1.10, 20.0, 32767, '1999-01-01', '2001-01-01'),
		(2, 3, NULL, 'j', 1, 0, 0, 0, 0, '1999-01-01', '2001-01-01'), (3, 2, 1, 'k', 3, 333, 0, 5.5, 1, '1999-01-01', '2001-01-01');
	UPDATE crm.deals SET updated_at = '1999-01-01', sales_id = NULL WHERE id > 1;
END $$;

-- Returns all rows of all tables, as text.
CREATE FUNCTION test.rows() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	of_table text;
	all_rows text := '';
BEGIN
	FOR t IN SELECT tgrelid FROM pg_trigger WHERE tgfoid = 'crm.keep_deleted'::regproc
	    ORDER BY tgrelid LOOP
		-- A restore sets updated_at, so this column is not compared.
		EXECUTE format('SELECT string_agg(row_to_json(r)::text || r::text, E''\n'' ORDER BY r.id) '
			'FROM %s x, json_populate_record(x, ''{"updated_at": null}'') r', t) INTO of_table;
		all_rows := all_rows || t || E'\n' || coalesce(of_table, '-') || E'\n';
	END LOOP;
	RETURN all_rows;
END $$;
CREATE FUNCTION test.trash(of_resource text, of_row bigint) RETURNS bigint LANGUAGE sql AS $$
	SELECT id FROM crm.trash WHERE resource = of_resource AND row_id = of_row
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;
SET ROLE tenantry_app;

-- A company and its dependent rows
BEGIN; SELECT test.as('ada') \gset
SELECT test.fill() IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('bob') \gset
SELECT test.rows() AS before, current_setting('app.sales_id') AS bob,
	(SELECT count(*) FROM crm.trash) AS none \gset
SELECT test.is(:'none', '0', 'nothing is in the trash');
SELECT test.ok(NOT :'before' LIKE '%' || E'\n-\n' || '%', 'each table has a row to come back');
DELETE FROM crm.companies WHERE id = 9007199254740991;
SELECT test.is((SELECT count(*) || ' ' || count(DISTINCT root_id) FROM crm.trash), '30 1', 'all went to the trash as one');
SELECT test.is((SELECT string_agg(format('%s %s', resource, n), ', ') FROM (SELECT resource, count(*) AS n FROM crm.trash GROUP BY 1 ORDER BY 1) x),
	'activities 2, appointment_attendees 1, appointments 1, companies 1, company_profiles 1, contact_notes 3, contact_organizations 3, contacts 2, deal_notes 2, deals 2, distributor_terms 2, opportunity_items 2, opportunity_participants 3, price_list_items 1, price_lists 1, products 1, tasks 2', 'what went');
SELECT test.is((SELECT count(*) FROM crm.contacts)::text, '0', 'and it is gone where it was');
SELECT test.is((SELECT format('%s %s %s %s', resource, row_id, nb_rows, sales_id = :bob) FROM crm.trash_summary WHERE parent_id IS NULL),
	'companies 9007199254740991 29 t', 'the root, with how many followed it and who did it');
SELECT test.is((SELECT count(*) FROM crm.trash t JOIN crm.trash p ON p.id = t.parent_id
	WHERE (t.resource, p.resource) IN (('contacts', 'companies'), ('deals', 'companies'),
	('contact_notes', 'contacts'), ('tasks', 'contacts'), ('deal_notes', 'deals'),
	('activities', 'contacts'), ('activities', 'deals'), ('appointments', 'contacts'),
	('appointment_attendees', 'appointments'), ('products', 'companies'), ('company_profiles', 'companies'),
	('contact_organizations', 'contacts'),
	('price_lists', 'companies'), ('price_list_items', 'price_lists'), ('distributor_terms', 'companies'),
	('opportunity_items', 'deals'), ('opportunity_participants', 'deals'), ('opportunity_participants', 'companies')))::text, '29',
	'each hangs on its own parent');
SELECT test.fails(format('SELECT crm.restore_trash(%s)', test.trash('tasks', 1)), 'ZH409', 'the row was deleted together with entry %');
SELECT test.is(crm.restore_trash(test.trash('companies', 9007199254740991))::jsonb,
	'{"id": 9007199254740991, "left": {}, "rows": 30, "resource": "companies"}', 'it comes back');
SELECT test.is(test.rows(), :'before', 'every row as it was, byte by byte');
SELECT test.is((SELECT count(*) FILTER (WHERE updated_at = now()) || ' of ' || count(*) FROM (SELECT updated_at FROM crm.contacts
	UNION ALL SELECT updated_at FROM crm.tasks UNION ALL SELECT updated_at FROM crm.products) x), '5 of 6', 'but what came back has changed');
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '0', 'and the trash is empty');
SELECT test.is(current_setting('app.restoring', true), '', 'triggers are as they were');
COMMIT;

-- A module that is off
RESET ROLE;
BEGIN; SELECT test.as('ada') \gset
SET LOCAL ROLE tenantry_app;
DELETE FROM crm.companies WHERE id = 9007199254740991;
SELECT set_config('app.modules', '', true) = '' AS x \gset
SELECT test.is((SELECT string_agg(DISTINCT resource, ' ') FROM crm.trash WHERE resource IN ('companies', 'company_profiles', 'contact_organizations', 'products')), 'companies', 'hides its rows in the trash');
SELECT test.is((SELECT count(*)::text FROM crm.products), '0', 'and those that are not deleted');
SELECT crm.restore_trash(test.trash('companies', 9007199254740991)) IS NULL AS x \gset
SELECT test.is((SELECT count(*)::text FROM crm.products), '0', 'also after a restore');
SELECT set_config('app.modules', '{b2b}', true) = '' AS x \gset
SELECT test.is(test.rows(), :'before', 'which brings them back with the company');
ROLLBACK;
SET ROLE tenantry_app;

-- Each table separately
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.contact_organizations WHERE contact_id <> 1; DELETE FROM crm.messages; DELETE FROM crm.activities; DELETE FROM crm.appointment_attendees; DELETE FROM crm.automation_rules; DELETE FROM crm.appointments; DELETE FROM crm.import_mappings;
DELETE FROM crm.tags; DELETE FROM crm.tasks; DELETE FROM crm.deal_notes;
DELETE FROM crm.opportunity_items; DELETE FROM crm.opportunity_participants;
DELETE FROM crm.contact_notes; DELETE FROM crm.deals; DELETE FROM crm.contacts;
DELETE FROM crm.price_list_items; DELETE FROM crm.price_lists; DELETE FROM crm.products;
DELETE FROM crm.distributor_terms;
DELETE FROM crm.companies;
COMMIT;
BEGIN; SELECT test.as('bob') \gset
SELECT test.fails(format('SELECT crm.restore_trash(%s)', test.trash('automation_rules', 1)), '42501');
COMMIT;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*) FILTER (WHERE parent_id IS NULL) || ' ' || count(*) FROM crm.trash), '41 44', 'all are roots except rows without one');
SELECT test.fails(format('SELECT crm.restore_trash(%s)', test.trash('contact_notes', 1)), 'ZH409', 'restore 9007199254740991 of contacts first, "a b": it is number %');
SELECT test.fails(format('SELECT crm.restore_trash(%s)', test.trash('contacts', 1)), 'ZH409', 'restore 9007199254740991 of companies first, %');
SELECT string_agg(crm.restore_trash(t.id), '') IS NULL AS x FROM (SELECT t.id FROM crm.trash t JOIN pg_class c ON c.relname = t.resource
	AND c.relnamespace = 'crm'::regnamespace WHERE t.parent_id IS NULL ORDER BY c.oid OFFSET 0) t \gset
UPDATE crm.company_profiles SET parent_id = 1 WHERE id = 9007199254740991;	-- a restore does not set parent_id
SELECT test.is(test.rows(), :'before', 'one after another, every row as it was');
COMMIT;

-- A row with two parents
BEGIN; SELECT test.as('bob') \gset
DELETE FROM crm.contacts WHERE id = 9007199254740991;
DELETE FROM crm.deals WHERE id = 1;
SELECT test.is((SELECT p.resource FROM crm.trash t JOIN crm.trash p ON p.id = t.parent_id WHERE t.resource = 'activities' AND t.row_id = 1), 'contacts', 'goes with the first');
SELECT crm.restore_trash(test.trash('contacts', 9007199254740991)) IS NULL AS x \gset
SELECT test.is((SELECT p.resource FROM crm.trash t JOIN crm.trash p ON p.id = t.parent_id WHERE t.resource = 'activities' AND t.row_id = 1), 'deals', 'waits for the other');
SELECT crm.restore_trash(test.trash('deals', 1)) IS NULL AS x \gset
SELECT test.is(test.rows(), :'before', 'and comes back with it');
ROLLBACK;

-- Purged parents
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.tasks WHERE id = 1; DELETE FROM crm.deals WHERE id = 1; DELETE FROM crm.contacts WHERE id = 1;
DELETE FROM crm.companies;
SELECT test.trash('companies', 9007199254740991) AS company, test.trash('contacts', 1) AS contact, test.trash('tasks', 1) AS task, test.trash('deals', 1) AS deal \gset
DELETE FROM crm.trash WHERE id = :company;
SELECT test.is((SELECT count(*) FROM crm.trash WHERE root_id = :company)::text, '0', 'what went along is purged, too');
SELECT crm.restore_trash(:deal) IS NULL AS x \gset
SELECT test.is(company_id::text, NULL, 'a reference that may be empty is') FROM crm.deals WHERE id = 1;
DELETE FROM crm.trash WHERE id = :contact;
SELECT test.fails(format('SELECT crm.restore_trash(%s)', :task), 'ZH422', '%permanently deleted');
SELECT test.is((SELECT string_agg(format('%s %s', table_name, old->>'resource'), ', ' ORDER BY old->>'resource') FROM ops.audit_log WHERE table_name = 'trash'), 'trash companies, trash contacts', 'the log tells of a purge, and of no more');
ROLLBACK;

-- An ID that is in use
BEGIN; SELECT test.as('bob') \gset
DELETE FROM crm.tags;
INSERT INTO crm.tags (id, name, color) VALUES (1, 'another', '#000');
SELECT test.fails(format('SELECT crm.restore_trash(%s)', test.trash('tags', 1)), 'ZH409', 'another row of tags has the same unique value');
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '2', 'they stay in the trash');
DELETE FROM crm.trash;
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '2', 'a member purges nothing');
SELECT test.fails('SELECT crm.restore_trash(1)', 'ZH404');
ROLLBACK;

-- A parent in the trash differs from the existing parent
BEGIN; SELECT test.as('bob') \gset
DELETE FROM crm.contacts WHERE id = 1;
COMMIT;
BEGIN; SELECT test.as('bob') \gset
INSERT INTO crm.contacts (id, first_name) VALUES (1, 'twin');
INSERT INTO crm.tasks (id, contact_id) VALUES (77, 1);
DELETE FROM crm.tasks WHERE id = 77;
SELECT test.is(parent_id::text, NULL, 'a child of the living hangs on no twin of its parent') FROM crm.trash WHERE row_id = 77;
ROLLBACK;
BEGIN; SELECT test.as('bob') \gset
SELECT crm.restore_trash(test.trash('contacts', 1)) IS NULL AS x \gset
SELECT test.is(test.rows(), :'before', 'all is as it was');
COMMIT;

-- A column added and a column dropped since the deletion
RESET ROLE;
BEGIN; SELECT test.as('bob') \gset
DELETE FROM crm.tags;
DELETE FROM crm.trash WHERE resource = 'tags' AND row_id = 2;
ALTER TABLE crm.tags ADD extra text NOT NULL DEFAULT 'new', DROP color CASCADE;
SELECT crm.restore_trash(test.trash('tags', 1)) IS NULL AS x \gset
SELECT test.is(name || extra, 'tnew', 'a table may change meanwhile') FROM crm.tags;
ROLLBACK;
SET ROLE tenantry_app;

-- The purge
BEGIN; SELECT test.as('bob') \gset
DELETE FROM crm.companies;
COMMIT;
RESET ROLE;
CREATE FUNCTION test.purge(age interval, batch integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	UPDATE ops.organization_turn t SET due_at = now() WHERE t.task = 'trash';
	RETURN ops.purge_trash(age, batch);
END $$;
SET ROLE tenantry_app;
BEGIN;
SELECT test.is(test.purge('1 day', 100)::text, '0', 'nothing is purged before its time');
SELECT test.purge('0 days', 1) AS a, test.purge('0 days', 1) AS b \gset
SELECT test.is((SELECT string_agg(n, ' ' ORDER BY n) FROM unnest(ARRAY[:'a', :'b']) n), '29 7', 'a root goes whole, and then the next');
SELECT test.is(test.purge('0 days', 100)::text, '0', 'until none is left');
COMMIT;
BEGIN; SELECT test.as('bob') \gset
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '0', 'the trash is empty');
DELETE FROM crm.tags;
COMMIT;
RESET ROLE;
BEGIN;
UPDATE identity.organization SET purging = true;	-- only a purge deletes rows of the logs
DELETE FROM identity.organization;
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '0', 'an organization leaves nothing in the trash');
ROLLBACK;
SELECT set_config('app.purging', org_id::text, false), set_config('app.org_id', org_id::text, false) FROM crm.sales LIMIT 1 \gset x
DELETE FROM crm.deals;
SELECT test.is((SELECT count(*) FROM crm.trash)::text, '2', 'a purge puts nothing in');
