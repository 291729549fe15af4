-- Checks and defaults of the CRM's rows, and the views that clients read.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x, test.sign_up('bob', open => true) IS NULL AS y \gset
BEGIN; SELECT test.as('ada', 'admin') \gset
SELECT identity.create_invite('i', sha256('i'), 'bob@example.test', NULL, NULL) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT identity.accept_invitation('i', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('ada') \gset
SELECT identity.me()::json->>'id' AS ada \gset

-- Defaults
INSERT INTO crm.companies (name, website) VALUES ('Acme', 'https://me@www.acme.org:80/x?y') RETURNING id AS acme, sales_id, logo \gset
SELECT test.is(:'sales_id', :'ada', 'a row is the writer''s'),
	test.is(:'logo', '{"src": "https://favicon.show/acme.org", "title": "Company favicon"}', 'a company has the picture of its site');
INSERT INTO crm.companies (name, website) VALUES ('B', 'Acme.org') RETURNING logo->>'src' AS logo \gset
SELECT test.is(:'logo', 'https://favicon.show/Acme.org', 'whose letters keep their case');
ROLLBACK;
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name, website) VALUES ('Free', 'gmail.com'), ('Link', 'https://gmail.com'), ('None', ''), ('Null', NULL);
SELECT test.is(string_agg(name || coalesce(logo->>'src', '-'), ' ' ORDER BY name), 'Free- Link- None- Null-',
	'but not where everybody has mail') FROM crm.companies;
UPDATE crm.companies SET website = 'HTTP://www.first.org/#x' WHERE name = 'Link';
UPDATE crm.companies SET website = 'x.org' WHERE name = 'Link';
SELECT test.is(logo->>'src', 'https://favicon.show/first.org', 'a logo stays') FROM crm.companies WHERE name = 'Link';
UPDATE crm.companies SET logo = NULL WHERE name = 'Link';
SELECT test.is(logo->>'src', 'https://favicon.show/x.org', 'until it is taken away') FROM crm.companies WHERE name = 'Link';
SET LOCAL tenantry.favicons = 'off';
UPDATE crm.companies SET logo = NULL WHERE name = 'Link';
SELECT test.is(logo, NULL, 'and then, when that is wanted, none') FROM crm.companies WHERE name = 'Link';
INSERT INTO crm.contacts (first_name, email_jsonb) VALUES ('Off', '[{"email": "a@acme.org"}]');
SELECT test.is(avatar, NULL, 'nor an avatar') FROM crm.contacts;
ROLLBACK;

-- Contacts
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (first_name, email_jsonb, tags) VALUES
	('a', '[{"email": "A@GMAIL.com", "type": "Home"}, null, {"email": "AB@Acme.org", "type": null}, {"type": "Work"}, {"email": null}]', NULL)
	RETURNING id, email_jsonb, email_fts, avatar, tags \gset
SELECT test.is(:'email_jsonb', '[{"type": "Home", "email": "a@gmail.com"}, {"type": null, "email": "ab@acme.org"}, {"type": "Work"}, {"email": null}]',
		'addresses are lower case, and no place is empty'),
	test.is(:'email_fts', '["a@gmail.com", "ab@acme.org", null]', 'addresses as text'),
	test.is(:'avatar', '{"src": "https://favicon.show/acme.org"}', 'the first address that says something'),
	test.is(:'tags', '{}', 'tags are never null');
UPDATE crm.contacts SET email_jsonb = '[{"email": "NEW@x.test"}]', phone_jsonb = '[{"number": 5}, {"number": "+1 2"}]', tags = NULL;
SELECT test.is(email_fts || phone_fts || tags::text || (avatar->>'src'), '["new@x.test"][5, "+1 2"]{}https://favicon.show/acme.org', 'all that when it changes') FROM crm.contacts;
UPDATE crm.contacts SET email_jsonb = NULL;
SELECT test.is(email_fts, NULL, 'no addresses') FROM crm.contacts;
UPDATE crm.contacts SET email_jsonb = '[]';
SELECT test.is(email_fts || email_jsonb, '[][]', 'or an empty list') FROM crm.contacts;
SELECT test.fails($$UPDATE crm.contacts SET email_jsonb = '{"email": "x"}'$$, '23514', '%contacts_email_jsonb_check%'),
	test.fails($$UPDATE crm.contacts SET email_jsonb = '"x"'$$, '23514', '%contacts_email_jsonb_check%'),
	test.fails($$UPDATE crm.contacts SET phone_jsonb = '{}'$$, '23514', '%contacts_phone_jsonb_check%'),
	test.fails($$UPDATE crm.contacts SET last_name = repeat('x', 501)$$, '23514', '%contacts_last_name_check%'),
	test.fails($$UPDATE crm.contacts SET company_id = 7$$, '23503', '%contacts_company_id_fkey%'),
	test.fails($$INSERT INTO crm.companies (name) VALUES ('')$$, '23514', '%companies_name_check%'),
	test.fails($$INSERT INTO crm.companies (name, context_links) VALUES ('x', '{}')$$, '23514', '%companies_context_links_check%');
UPDATE crm.contacts SET last_name = repeat('ä', 500), first_name = repeat('ä', 500);
ROLLBACK;

-- Notes move last_seen only forward
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (first_name, last_seen) VALUES ('seen', '2026-05-01'), ('never', NULL);
SELECT id AS seen FROM crm.contacts WHERE first_name = 'seen' \gset
SELECT id AS never FROM crm.contacts WHERE first_name = 'never' \gset
INSERT INTO crm.contact_notes (contact_id, date) VALUES (:seen, '2026-04-01'), (:never, '2026-04-01'), (:seen, NULL);
SELECT test.is(last_seen::date::text, '2026-05-01', 'an old note changes nothing') FROM crm.contacts WHERE id = :seen;
INSERT INTO crm.contact_notes (contact_id, date) VALUES (:seen, '2026-06-01');
SELECT test.is(last_seen::date::text, '2026-06-01', 'a new one does') FROM crm.contacts WHERE id = :seen;
SELECT test.is(last_seen::text, NULL, 'who was never seen, stays so') FROM crm.contacts WHERE id = :never;
ROLLBACK;

-- Deals
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.deals (name, stage, amount, contact_ids, expected_closing_date, created_at, updated_at)
	VALUES ('d', 'opportunity', NULL, NULL, '2026-06-29', '2026-01-01', '2026-01-01') RETURNING id AS deal, amount, contact_ids \gset
SELECT test.is(:'amount' || :'contact_ids', '0{}', 'amount and contacts are never null');
UPDATE crm.deals SET index = 3;
SELECT test.is(updated_at::date::text, '2026-01-01', 'moving a card is no edit') FROM crm.deals;
UPDATE crm.deals SET name = 'd', index = 4;
SELECT test.is(updated_at::date::text, '2026-01-01', 'nor is saying the same again') FROM crm.deals;
UPDATE crm.deals SET stage = 'won';
SELECT test.is((updated_at = now())::text, 'true', 'an edit is') FROM crm.deals;
SELECT test.is(row_to_json(d)->>'expected_closing_date', '2026-06-29', 'a day is a day') FROM crm.deals d;
SELECT test.fails($$UPDATE crm.deals SET stage = ''$$, '23514', '%deals_stage_check%'),
	test.fails($$UPDATE crm.deals SET stage = NULL$$, '23502');
ROLLBACK;

-- Views
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name, created_at) VALUES ('Acme', '2026-01-01') RETURNING id AS acme \gset
INSERT INTO crm.companies (name, created_at) VALUES ('Other', '2026-01-05') RETURNING id AS other \gset
INSERT INTO crm.contacts (first_name, company_id, first_seen) VALUES ('one', :acme, '2026-01-02') RETURNING id AS one \gset
INSERT INTO crm.contacts (first_name, company_id) VALUES ('two', :acme);
INSERT INTO crm.deals (name, stage, company_id, created_at) SELECT 'd' || n, 'opportunity', :acme, '2026-01-03' FROM generate_series(1, 3) n;
INSERT INTO crm.tasks (contact_id, done_date) VALUES (:one, NULL), (:one, NULL), (:one, now());
INSERT INTO crm.contact_notes (contact_id, text, date, attachments) VALUES (:one, 'hello', '2026-01-04', ARRAY['{"src": "x"}']::jsonb[]);
INSERT INTO crm.deal_notes (deal_id, text, date) SELECT id, 'note', '2026-01-06' FROM crm.deals WHERE name = 'd1';
SELECT test.is(nb_deals || ' ' || nb_contacts, '3 2', 'counts do not multiply') FROM crm.companies_summary WHERE id = :acme;
SELECT test.is(company_name || nb_tasks, 'Acme2', 'a contact with its company and open tasks') FROM crm.contacts_summary WHERE id = :one;
SELECT test.is(nb_tasks::text, '0', 'or none') FROM crm.contacts_summary WHERE first_name = 'two';
SELECT test.is(string_agg(type, ' '), 'contact.created dealNote.created company.created contactNote.created deal.created deal.created deal.created contact.created company.created', 'the activity log, newest first')
  FROM (SELECT * FROM crm.activity_log ORDER BY date DESC NULLS LAST, id) x;
SELECT test.is(string_agg(type, ' '), 'contact.created dealNote.created contactNote.created deal.created deal.created deal.created contact.created company.created', 'of one company')
  FROM (SELECT * FROM crm.activity_log WHERE company_id = :acme ORDER BY date DESC NULLS LAST, id) x;
SELECT test.is((SELECT id FROM crm.activity_log WHERE type = 'contactNote.created'), (SELECT 'contactNote.' || id || '.created' FROM crm.contact_notes), 'by a speaking id');
SELECT test.is(array_agg(k ORDER BY k)::text, '{attachments,contact_id,created_at,date,id,metadata,sales_id,status,text,updated_at}', 'with the row itself')
  FROM crm.activity_log, json_object_keys(contact_note) k WHERE type = 'contactNote.created';
SELECT test.is(array_agg(k ORDER BY k)::text, '{avatar,background,company_id,created_at,email_jsonb,first_name,first_seen,gender,has_newsletter,id,last_name,last_seen,linkedin_url,metadata,phone_jsonb,sales_id,status,tags,title,updated_at}', 'and nothing of ours')
  FROM (SELECT DISTINCT k FROM crm.activity_log, json_object_keys(contact) k) x;
SELECT test.is((SELECT json_agg(x)::text FROM (SELECT company, deal FROM crm.activity_log WHERE type = 'dealNote.created') x), '[{"company":null,"deal":null}]', 'the other payloads are null');
SELECT test.is(string_agg(attname, ' ' ORDER BY attnum), 'id first_name last_name gender title background avatar first_seen last_seen has_newsletter status tags company_id sales_id linkedin_url email_jsonb phone_jsonb email_fts phone_fts company_name nb_tasks metadata created_at updated_at custom', 'columns of contacts_summary')
  FROM pg_attribute WHERE attrelid = 'crm.contacts_summary'::regclass AND attnum > 0;
SELECT test.is(string_agg(attname, ' ' ORDER BY attnum), 'id created_at updated_at name sector size linkedin_url website phone_number address zipcode city state_abbr sales_id context_links country description revenue tax_identifier logo nb_deals nb_contacts metadata custom', 'columns of companies_summary')
  FROM pg_attribute WHERE attrelid = 'crm.companies_summary'::regclass AND attnum > 0;

-- Amounts whose sum exceeds bigint do not stop the metrics.
INSERT INTO crm.deals (name, stage, amount, created_at, updated_at) SELECT 'd', 'won', 9223372036854775807, now(), now() FROM generate_series(1, 2);
SELECT crm.recompute_metrics(2) IS NULL AS x \gset
SELECT test.is(max(revenue)::text, '9223372036854775807', 'the revenue of a day is at most that') FROM crm.daily_metrics;
DELETE FROM crm.deals WHERE name = 'd' AND amount = 9223372036854775807;

-- Deletes
DELETE FROM crm.companies WHERE id = :acme;
SELECT test.is((SELECT count(*) FROM crm.contacts) + (SELECT count(*) FROM crm.deals) + (SELECT count(*) FROM crm.contact_notes)
	+ (SELECT count(*) FROM crm.deal_notes) + (SELECT count(*) FROM crm.tasks) || '', '0', 'a company takes its own with it');
SELECT test.fails('DELETE FROM crm.sales', '42501');
ROLLBACK;

-- Permissions to write
BEGIN; SELECT test.as('bob') \gset
UPDATE crm.sales SET first_name = 'x' WHERE id = :ada;
SELECT test.is((SELECT first_name FROM crm.sales WHERE id = :ada), 'ada', 'a member does not rename others');
INSERT INTO crm.companies (name, sales_id) VALUES ('For Ada', :ada);
SELECT test.is((SELECT count(*)::text FROM crm.companies), '1', 'but may write in their name');
SELECT test.fails($$INSERT INTO crm.configuration (config) VALUES ('{}')$$, '42501');
DELETE FROM crm.companies;
ROLLBACK;
BEGIN; SELECT test.as('ada') \gset
UPDATE crm.sales SET first_name = 'Robert' WHERE user_id = 'bob';
SELECT test.is((SELECT first_name FROM crm.sales WHERE user_id = 'bob'), 'Robert', 'an administrator does');
UPDATE crm.configuration SET config = '{"title": "T"}';
SELECT test.is((SELECT config->>'title' FROM crm.configuration_summary WHERE id = 1), 'T', 'and configures');
SELECT test.fails($$UPDATE crm.configuration SET config = '[]'$$, '23514', '%configuration_config_check%'),
	test.fails('DELETE FROM crm.configuration', '42501');
ROLLBACK;
RESET ROLE;
DELETE FROM crm.configuration;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is((SELECT to_jsonb(c) - '{created_at,updated_at}'::text[] FROM crm.configuration_summary c), '{"id": 1, "config": {}, "time_zone": "UTC"}', 'one that is missing reads as empty');
INSERT INTO crm.configuration (config) VALUES ('{"a": 1}') ON CONFLICT (org_id, id) DO UPDATE SET config = excluded.config;
SELECT test.is((SELECT config::text FROM crm.configuration_summary), '{"a": 1}', 'and can be written');
COMMIT;
RESET ROLE;
SELECT test.ok(count(*) BETWEEN 90 AND 150 AND count(*) FILTER (WHERE domain IN ('gmail.com', 'yahoo.com', 'gmx.de', 'web.de', 'mail.ru', 'orange.fr')) = 6,
	'the list of mail providers') FROM crm.favicons_excluded_domains;
SELECT test.is(jsonb_array_length(crm.form_faults('{"fields": ["email", "message"], "required": ["email"], "consent": "I agree."}',
	jsonb_build_object('fields', (SELECT jsonb_object_agg('unknown' || n, n) FROM generate_series(1, 5000) n))))::text, '50', 'a form checks its fields up to the fiftieth fault');
CREATE FUNCTION test.levenshtein(one text, other text) RETURNS integer LANGUAGE sql AS $$
	SELECT CASE WHEN one = '' OR other = '' THEN length(one || other)
		WHEN left(one, 1) = left(other, 1) THEN test.levenshtein(substr(one, 2), substr(other, 2))
		ELSE 1 + least(test.levenshtein(substr(one, 2), other), test.levenshtein(one, substr(other, 2)), test.levenshtein(substr(one, 2), substr(other, 2))) END
$$;
CREATE TEMP TABLE word AS SELECT x AS word FROM unnest('{"", a, é, ab, ba, aab, abab, baba, abé, éab, name, nmae, names, email, emial, mail, title}'::text[]) x;
SELECT test.is(string_agg(a.word || '-' || b.word, ' '), NULL, 'distances are those of their definition')
  FROM word a, word b WHERE crm.distance(crm.letter_places(a.word), length(a.word), b.word) <> test.levenshtein(a.word, b.word);
SELECT test.is(crm.distance(crm.letter_places(repeat('ab', 30)), 60, repeat('ba', 30))::text, '2', 'and those of long names'),
	test.is(crm.nearest_list('emial' || repeat('x', 9000), ARRAY['name', 'email']), 'email, name', 'of which the beginning is compared');
