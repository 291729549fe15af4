-- The history of a row: who changed what, and the row at a point in time.
SET ROLE tenantry_app;
SELECT test.sign_up('ada', name => 'Ada Lovelace') IS NULL AS x, test.sign_up('eve', open => true) IS NULL AS y \gset
BEGIN; SELECT test.as('eve', 'user') \gset
SELECT identity.create_organization('Eve', 'eve', NULL, NULL, false) IS NULL AS x \gset
COMMIT;
\set columns '{id,first_name,last_name,tags,email_jsonb,email_fts,nb_tasks}'
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.contacts (id, first_name, email_jsonb) VALUES (7, 'A', '[]');
COMMIT;
SELECT pg_sleep(0.01), clock_timestamp() AS made, pg_sleep(0.01) \gset
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.tags (id, name, color) VALUES (1, 't', '#fff');
UPDATE crm.contacts SET first_name = 'B', tags = '{1}', background = 'not told of';
COMMIT;
SELECT pg_sleep(0.01), clock_timestamp() AS changed, pg_sleep(0.01) \gset
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.contacts;
COMMIT;
SELECT pg_sleep(0.01), clock_timestamp() AS deleted, pg_sleep(0.01) \gset
BEGIN; SELECT test.as('ada') \gset
SELECT crm.restore_trash(id) IS NULL AS x FROM crm.trash \gset
INSERT INTO crm.deals (id, name, stage) VALUES (7, 'of another table', 'won');
UPDATE crm.contacts SET email_jsonb = '[{"email": "a@x.test"}]';
COMMIT;
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT crm.row_history('crm.contacts', 7, :'columns', NULL, 50) AS h \gset
SELECT test.is((SELECT string_agg(format('%s %s', x->>'action', x->>'changes'), E'\n' ORDER BY n) FROM json_array_elements(:'h'::json) WITH ORDINALITY y (x, n)),
	E'update { "email_jsonb" : {"old" : [], "new" : [{"email": "a@x.test"}]} }\n'
	'restore { "id" : {"old" : null, "new" : 7}, "first_name" : {"old" : null, "new" : "B"}, "tags" : {"old" : null, "new" : [1]}, "email_jsonb" : {"old" : null, "new" : []} }\n'
	'delete { "id" : {"old" : 7, "new" : null}, "first_name" : {"old" : "B", "new" : null}, "tags" : {"old" : [1], "new" : null}, "email_jsonb" : {"old" : [], "new" : null} }\n'
	'update { "first_name" : {"old" : "A", "new" : "B"}, "tags" : {"old" : [], "new" : [1]} }\n'
	'insert { "id" : {"old" : null, "new" : 7}, "first_name" : {"old" : null, "new" : "A"}, "tags" : {"old" : null, "new" : []}, "email_jsonb" : {"old" : null, "new" : []} }',
	'all changes, newest first, without hidden fields');
SELECT test.is(:'h'::json->0->>'name', 'Ada Lovelace', 'who it was'),
	test.is(:'h'::json->0->>'sales_id', (SELECT id::text FROM crm.sales), 'by number');
SELECT test.is((SELECT string_agg(x->>'action', ' ' ORDER BY n) FROM json_array_elements(crm.row_history('crm.contacts', 7, :'columns', (:'h'::json->1->>'id')::bigint, 2)::json) WITH ORDINALITY y (x, n)), 'delete update', 'page by page');
SELECT test.is(crm.row_as_of('crm.contacts', 7, :'columns', '2020-01-01'), NULL, 'before it was made there is none'),
	test.is(crm.row_as_of('crm.contacts', 7, :'columns', :'made')::jsonb, '{"id": 7, "tags": [], "last_name": null, "first_name": "A", "email_jsonb": []}', 'as it was made'),
	test.is(crm.row_as_of('crm.contacts', 7, :'columns', :'changed')::json->>'first_name', 'B', 'as it was changed'),
	test.is(crm.row_as_of('crm.contacts', 7, :'columns', :'deleted'), NULL, 'while it was deleted there is none'),
	test.is(crm.row_as_of('crm.contacts', 7, :'columns', '9999-01-01')::json->>'email_jsonb', '[{"email": "a@x.test"}]', 'as it is');
SELECT test.is(crm.row_as_of('crm.deals', 7, '{name,stage}', '9999-01-01')::jsonb, '{"name": "of another table", "stage": "won"}', 'another table has its own past'),
	test.is(crm.row_as_of('crm.deals', 7, '{id}', :'changed'), NULL, 'and no other');
SELECT test.is(crm.row_history('crm.contacts', 8, :'columns', NULL, 50), NULL, 'of a row that never was there is none'),
	test.is(crm.row_history('crm.companies', 7, :'columns', NULL, 50), NULL, 'nor of another table''s'),
	test.is(crm.row_history('ops.audit_log', 7, :'columns', NULL, 50), NULL, 'nor of what is not the CRM''s');
COMMIT;
BEGIN; SELECT test.as('eve') \gset
SELECT test.is(crm.row_history('crm.contacts', 7, :'columns', NULL, 50), NULL, 'another organization has none'),
	test.is(crm.row_as_of('crm.contacts', 7, :'columns', :'made'), NULL, 'nor a past');
INSERT INTO crm.contacts (id, first_name) VALUES (7, 'Eve''s');
SELECT test.is(json_array_length(crm.row_history('crm.contacts', 7, :'columns', NULL, 50)::json)::text, '1', 'with the same id it has its own');
COMMIT;
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.contacts;
SELECT test.is(json_array_length(crm.row_history('crm.contacts', 7, :'columns', NULL, 50)::json)::text, '6', 'a row in the trash has one');
DELETE FROM crm.trash;
SELECT test.is(crm.row_history('crm.contacts', 7, :'columns', NULL, 50), NULL, 'one that was purged has none');
ROLLBACK;
-- Many rows in one statement
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.automation_rules (name, trigger_type, trigger_config, action_type, action_config)
	VALUES ('r', 'contact.created', '{}', 'set_field', '{"field": "status", "value": "hot"}');
INSERT INTO crm.contacts (id, last_name) SELECT i, 'many' FROM generate_series(103, 101, -1) i;
RESET ROLE;
SELECT test.is((SELECT string_agg(action || CASE action WHEN 'insert' THEN row_id ELSE '' END, ' ' ORDER BY id) FROM ops.audit_log
	WHERE table_name = 'contacts' AND xid = pg_current_xact_id()),
	'insert103 insert102 insert101 update update update',
	'they are logged in their order, and before what rules make of them'),
	test.is((SELECT string_agg(DISTINCT concat_ws(' ', user_id, request_id, address, (l.new->>'org_id' = l.org_id::text),
		l.new::jsonb || '{"status": 1}' = to_jsonb(c) || '{"status": 1}', at = now()), ', ') FROM ops.audit_log l
	JOIN crm.contacts c ON c.org_id = l.org_id AND c.id::text = l.row_id WHERE c.last_name = 'many'),
	'ada request-ada 192.0.2.1 t t t', 'each as it is, with who it was');
INSERT INTO crm.contacts (org_id, id, last_name, sales_id) SELECT org_id, 104, 'x', id FROM crm.sales;
SELECT test.is((SELECT count(DISTINCT l.org_id) FROM ops.audit_log l WHERE row_id = '104' AND xid = pg_current_xact_id()
	AND l.new->>'org_id' = l.org_id::text)::text, '2', 'each organization has its own'),
	test.is(current_setting('app.org_id'), (SELECT org_id::text FROM crm.contacts WHERE id = 101), 'whoever''s request it is');
ROLLBACK;
