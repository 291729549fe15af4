-- Measures what each list of the front end reads in an organization with 200,000 contacts, next to smaller
-- organizations. The queries are planned and run as in the workers. They must use only indexes that begin with the
-- organization, and read no more rows than necessary. If a list reads all rows, the last column states the reason.
--
-- most: the number of rows that a page of 25 (or of the given size) may read, including rows looked up for its columns;
-- total: the same for the exact count; null: as many rows as the organization has.
SELECT test.sign_up('ada') IS NULL AS x \gset
SET session_replication_role = replica;
CREATE TABLE test.plan AS
	SELECT active_organization_id AS org, 200000 AS contacts FROM identity.session WHERE user_id = 'ada'
	UNION ALL SELECT md5('org' || o)::uuid, 500 FROM generate_series(1, 20) o;
INSERT INTO crm.sales (org_id, id, email, administrator, user_id)
	SELECT org, s, s || '@x.test', false, s FROM test.plan, generate_series(1, 20) s;
INSERT INTO crm.companies (org_id, id, name, sector, size, sales_id, created_at)
	SELECT org, i, 'Company ' || md5(i::text), 'sector ' || i % 10, (array[1, 10, 50, 250, 500])[1 + i % 5], 1 + i % 20,
		timestamptz '2026-01-01' - i * interval '1 hour'
	  FROM test.plan, generate_series(1, contacts / 10) i;
INSERT INTO crm.contacts (org_id, id, first_name, last_name, background, first_seen, last_seen, status, tags, company_id, sales_id, email_jsonb, updated_at)
	SELECT org, i, 'First ' || i % 5000, 'Last ' || md5(i::text), repeat('background ', 10),
		timestamptz '2024-01-01' + i * interval '1 minute', timestamptz '2025-01-01' + i * 7919 % 400000 * interval '1 minute',
		CASE WHEN i % 1000 = 0 THEN 'hot' ELSE (array['cold', 'warm', 'in-contract'])[1 + i % 3] END,
		CASE WHEN i % 2000 = 0 THEN array[99] ELSE array[i % 7, 7 + i % 5] END, 1 + i % (contacts / 10), 1 + i % 20,
		jsonb_build_array(jsonb_build_object('email', i || '@example.test', 'type', 'Work')),
		timestamptz '2026-01-01' + (10000 - i) * interval '1 minute'
	  FROM test.plan, generate_series(1, contacts) i;
INSERT INTO crm.contact_notes (org_id, id, contact_id, text, date, sales_id)
	SELECT org, i, i, 'note', timestamptz '2025-01-01' + i * interval '1 minute', 1 + i % 20 FROM test.plan, generate_series(1, contacts / 2) i;
INSERT INTO crm.tasks (org_id, id, contact_id, text, due_date, done_date, sales_id)
	SELECT org, i, i, 'task', timestamptz '2026-01-01' + i * interval '1 minute', CASE WHEN i % 10 > 0 THEN now() END, 1 + i % 20
	  FROM test.plan, generate_series(1, contacts / 4) i;
INSERT INTO crm.deals (org_id, id, name, company_id, contact_ids, category, stage, index, amount, archived_at, created_at, sales_id)
	SELECT org, i, 'Deal ' || i, 1 + i % (contacts / 10), array[i, i + 1], (ARRAY['other', 'copywriting', 'print-project', 'ui-design', 'website-design'])[1 + i % 5],
		CASE WHEN i % 10 = 0 THEN 'won' ELSE (ARRAY['opportunity', 'proposal-sent', 'in-negociation', 'lost', 'delayed'])[1 + i % 5] END, i % 2000, i, CASE WHEN i % 10 > 0 THEN now() - i * interval '1 minute' END,
		timestamptz '2026-11-01' - i * interval '1 hour', 1 + i % 20
	  FROM test.plan, generate_series(1, contacts / 10) i;
INSERT INTO crm.deal_notes (org_id, id, deal_id, text, date, sales_id)
	SELECT org, i, i, 'note', timestamptz '2025-01-01' + i * interval '1 minute', 1 + i % 20 FROM test.plan, generate_series(1, contacts / 10) i;
INSERT INTO crm.appointments (org_id, id, title, contact_id, sales_id, starts_at, ends_at)
	SELECT org, i, 'a', 1 + i % (contacts / 10), 1 + i % 20, t, t + interval '50 minutes'
	  FROM test.plan, generate_series(1, contacts / 10) i, LATERAL (SELECT timestamptz '2025-01-01' + i * interval '40 minutes' AS t) x;
INSERT INTO crm.messages (org_id, id, channel, direction, status, thread_id, contact_id, body, sent_at)
	SELECT org, i, 'sms', 'inbound', 'received', 't' || i, i, 'm', timestamptz '2025-01-01' + i * interval '1 minute'
	  FROM test.plan, generate_series(1, contacts / 10) i;
INSERT INTO crm.appointment_attendees (org_id, id, appointment_id, place, contact_id)
	SELECT org, i, i, 1, i FROM test.plan, generate_series(1, contacts / 10) i;
INSERT INTO crm.activities (org_id, id, type, contact_id, deal_id, occurred_at)
	SELECT org, i, 'call', i, 1 + i % (contacts / 10), timestamptz '2025-01-01' + i * interval '1 minute' FROM test.plan, generate_series(1, contacts / 5) i;
INSERT INTO crm.daily_metrics (org_id, id, date) SELECT org, i, current_date - i FROM test.plan, generate_series(0, 700) i;
INSERT INTO crm.tags (org_id, id, name, color) SELECT org, i, 'tag ' || i, '#000000' FROM test.plan, generate_series(1, 100) i;
SET session_replication_role = origin;
VACUUM ANALYZE;

CREATE TABLE test.list (relation text, filter text, args text, sort text, page int, most int, total int, why text);
INSERT INTO test.list VALUES
-- The dashboard
('contacts_summary', 'true', '', 'id DESC', 1, 10, 200000, NULL),
('contact_notes', 'true', '', 'id DESC', 1, 1, 100000, NULL),
('deals', 'true', '', 'id DESC', 1, 1, 20000, NULL),
('contacts_summary', 'status = $1 AND sales_id = $2', '''hot'', 1', 'last_seen DESC NULLS LAST, id DESC', 10, 10100, 10000, NULL),
('deals', 'created_at >= $4', 'NULL, NULL, NULL, ''2026-10-01''', 'created_at NULLS FIRST, id', 100, 800, 800, NULL),
('activity_log', 'true', '', 'date DESC NULLS LAST, id DESC', 10, 100, 360000, NULL),
('tasks', 'sales_id = $2', 'NULL, 1', 'due_date, id', 1000, 1100, 2500, NULL),
-- Contacts
('contacts_summary', 'true', '', 'last_seen DESC NULLS LAST, id DESC', 25, 100, 200000, NULL),
('contacts_summary', 'true', '', 'last_name COLLATE ops.human, id', 25, 100, 200000, NULL),
('contacts_summary', 'true', '', 'first_name COLLATE ops.human, id', 25, 6000, 200000, NULL),
('contacts_summary', 'true', '', 'id', 25, 100, 200000, NULL),
('contacts_summary', 'true', '', 'last_seen, id', 25, NULL, 200000, 'nulls are last both ways, and an index has them at one end'),
('contacts_summary', 'true', '', 'last_name COLLATE ops.human DESC NULLS LAST, id DESC', 25, NULL, 200000, 'the same'),
('contacts_summary', 'true', '', 'first_name COLLATE ops.human DESC NULLS LAST, id DESC', 25, NULL, 200000, 'the same'),
('contacts_summary', 'true', '', 'last_seen DESC NULLS LAST, id DESC', 1000, 3100, 200000, NULL),
('contacts_summary', 'sales_id = $2', 'NULL, 1', 'last_seen DESC NULLS LAST, id DESC', 25, 100, 10000, NULL),
('contacts_summary', 'status = $1', '''warm''', 'last_seen DESC NULLS LAST, id DESC', 25, 300, NULL, 'few statuses, many contacts: an index would not be read by much less'),
('contacts_summary', 'tags @> $3', 'NULL, NULL, ''{3}''', 'last_seen DESC NULLS LAST, id DESC', 25, 1000, NULL, 'containment is not leakproof'),
('contacts_summary', 'tags @> $3', 'NULL, NULL, ''{99}''', 'last_seen DESC NULLS LAST, id DESC', 25, NULL, NULL, 'the same'),
('contacts_summary', 'nb_tasks > $2', 'NULL, 0', 'last_seen DESC NULLS LAST, id DESC', 25, 20000, NULL, 'counted row by row'),
('contacts_summary', 'last_seen >= $4', 'NULL, NULL, NULL, ''2025-10-01''', 'last_seen DESC NULLS LAST, id DESC', 25, 100, 10000, NULL),
('contacts_summary', 'last_seen <= $4', 'NULL, NULL, NULL, ''2025-01-02''', 'last_seen DESC NULLS LAST, id DESC', 25, 1000, 1000, NULL),
('contacts_summary', 'first_name COLLATE ops.human = $1 AND last_name COLLATE ops.human = $6[1] AND id <> $2', '''First 7'', 1, NULL, NULL, NULL, ''{Last}''', 'id DESC', 10, 10, 10, NULL),
('contacts_summary', 'id <> $2 AND id = ANY (ARRAY(SELECT unnest(current_setting(''app.found'')::bigint[])))', 'NULL, 1', 'id', 25, 160, 60, NULL),
('contacts_summary', 'id = ANY (ARRAY(SELECT unnest(current_setting(''app.found'')::bigint[])))', '', 'last_seen DESC NULLS LAST, id DESC', 25, 160, 60, NULL),
('contacts_summary', 'id = ANY ($3)', 'NULL, NULL, test.every(200)', 'id', 1000, 3500, 1000, NULL),
('contacts_summary', 'id = $2', 'NULL, 17', 'id', 1, 4, 1, NULL),
('tags', 'true', '', 'name COLLATE ops.human, id', 10, 10, 100, NULL),
('tags', 'true', '', 'name COLLATE ops.human, id', 1000, 100, 100, NULL),
('tags', 'name COLLATE ops.human = ANY ($6)', 'NULL, NULL, NULL, NULL, NULL, ''{tag 1,tag 2}''', 'id', 2, 100, 100, NULL),
-- Changes since a time, and after the last row of a page
('contacts_summary', 'updated_at >= $4', 'NULL, NULL, NULL, ''2026-01-01''', 'updated_at NULLS FIRST, id', 25, 100, 10100, NULL),
('contacts_summary', 'updated_at >= $4 AND (updated_at > $4 OR id > $2)', 'NULL, 17, NULL, ''2026-01-01''', 'updated_at NULLS FIRST, id', 25, 100, 10100, NULL),
('contacts_summary', 'true', '', 'created_at DESC NULLS LAST, id DESC', 25, 100, 200000, NULL),
('contacts_summary', 'last_name COLLATE ops.human >= $1 AND (last_name COLLATE ops.human > $1 OR id > $2)', '''Last b'', 17', 'last_name COLLATE ops.human, id', 25, 100, NULL, 'most of them'),
-- One contact
('contact_notes', 'contact_id = $2', 'NULL, 17', 'date DESC NULLS LAST, id DESC', 25, 2, 2, NULL),
('tasks', 'contact_id = $2', 'NULL, 17', 'due_date, id', 1000, 2, 2, NULL),
('deals', 'contact_ids @> $3', 'NULL, NULL, ''{17}''', 'id', 1, 40, 20000, 'containment is not leakproof; 20,000 deals'),
-- The calendar: entries of a month, and conflicts
('appointments_summary', 'starts_at >= $4::timestamptz - interval ''32 days'' AND starts_at < $5 AND ends_at > $4', 'NULL, NULL, NULL, ''2026-02-01'', ''2026-03-01''', 'starts_at, id', 1000, 4400, 2200, NULL),
('messages', 'true', '', 'sent_at DESC NULLS LAST, id DESC', 25, 26, 20000, NULL),
('messages', 'contact_id = $2', 'NULL, 17', 'sent_at DESC NULLS LAST, id DESC', 25, 2, 2, NULL),
('messages', 'thread_id = $1', '''t17''', 'sent_at DESC NULLS LAST, id DESC', 25, 2, 2, NULL),
('appointments_summary', 'contact_id = $2', 'NULL, 17', 'starts_at, id', 25, 60, 30, NULL),
-- Companies
('companies_summary', 'true', '', 'name COLLATE ops.human, id', 25, 350, 20000, NULL),
('companies_summary', 'true', '', 'created_at DESC NULLS LAST, id DESC', 25, 350, 20000, NULL),
('companies_summary', 'true', '', 'id', 25, 350, 20000, NULL),
('companies_summary', 'true', '', 'name COLLATE ops.human DESC NULLS LAST, id DESC', 25, 20400, 20000, 'nulls are last both ways'),
('companies_summary', 'true', '', 'created_at NULLS FIRST, id', 25, 350, 20000, NULL),
('companies_summary', 'true', '', 'nb_contacts DESC NULLS LAST, id DESC', 25, NULL, 20000, 'counted row by row'),
('companies_summary', 'size = $2 AND sector = $1 AND sales_id = $2', '''sector 0'', 1', 'name COLLATE ops.human, id', 25, 20400, 20000, 'every one of them may be absent'),
('companies_summary', 'name COLLATE ops.human = ANY ($6)', 'NULL, NULL, NULL, NULL, NULL, ''{a,b}''', 'id', 25, 10, 10, NULL),
('companies_summary', 'id = ANY (ARRAY(SELECT unnest(current_setting(''app.found'')::bigint[])))', '', 'id', 25, 900, 60, NULL),
('companies_summary', 'id = ANY ($3)', 'NULL, NULL, test.every(20)', 'id', 1000, 13000, 1000, NULL),
-- One company
('company_activity', 'company_id = $2', 'NULL, 17', 'date DESC NULLS LAST, id DESC', 20, 120, 50, NULL),
('contacts_summary', 'company_id = $2', 'NULL, 17', 'last_name COLLATE ops.human, id', 25, 40, 20, NULL),
('contacts_summary', 'company_id = $2', 'NULL, 17', 'first_name COLLATE ops.human, id', 25, 40, 20, NULL),
('contacts_summary', 'company_id = $2', 'NULL, 17', 'last_seen DESC NULLS LAST, id DESC', 25, 40, 20, NULL),
('contacts_summary', 'company_id = $2', 'NULL, 17', 'id DESC', 25, 40, 20, NULL),
('deals', 'company_id = $2', 'NULL, 17', 'name COLLATE ops.human, id', 25, 5, 5, NULL),
-- The board
('deals', 'archived_at IS NULL', '', 'index DESC NULLS LAST, id DESC', 100, 2000, 2000, NULL),
('deals', 'archived_at IS NULL AND company_id = $2', 'NULL, 17', 'index DESC NULLS LAST, id DESC', 100, 5, 5, NULL),
('deals', 'archived_at IS NULL AND category = $1 AND sales_id = $2', '''other'', 1', 'index DESC NULLS LAST, id DESC', 100, 2000, 2000, NULL),
('deals', 'archived_at IS NULL AND id = ANY (ARRAY(SELECT unnest(current_setting(''app.found'')::bigint[])))', '', 'index DESC NULLS LAST, id DESC', 100, 60, 2000, NULL),
('deals', 'archived_at IS NOT NULL', '', 'archived_at DESC NULLS LAST, id DESC', 1000, 20000, 20000, 'a thousand is as many as the planner expects there to be'),
('deals', 'stage = $1', '''won''', 'index, id', 100, 2000, 2000, NULL),
('deals', 'true', '', 'id DESC', 1000, 20000, 20000, 'the same'),
('deal_notes', 'deal_id = $2', 'NULL, 17', 'date DESC NULLS LAST, id DESC', 25, 2, 2, NULL),
-- Timelines
('activities', 'true', '', 'occurred_at DESC NULLS LAST, id DESC', 25, 26, 40000, NULL),
('activities', 'contact_id = $2', 'NULL, 17', 'occurred_at DESC NULLS LAST, id DESC', 25, 2, 2, NULL),
('activities', 'true', '', 'id', 25, 26, 40000, NULL),
('timeline', 'true', '', 'date DESC NULLS LAST, id DESC', 25, 60, 210000, NULL),
('own_timeline', 'contact_id = $2', 'NULL, 17', 'date DESC NULLS LAST, id DESC', 25, 10, 10, NULL),
('own_timeline', 'deal_id = $2', 'NULL, 17', 'date DESC NULLS LAST, id DESC', 25, 10, 10, NULL),
('daily_metrics_summary', 'days_ago < $2', 'NULL, 30', 'id', 30, 760, 760, NULL),
-- People, settings, trash and merges
('sales', 'disabled <> true', '', 'last_name COLLATE ops.human, id', 25, 21, 21, NULL),
('sales', 'true', '', 'first_name COLLATE ops.human, id', 10, 21, 21, NULL),
('sales', 'email = $1', '''1@x.test''', 'id', 1, 21, 21, NULL),
('sales', 'id = ANY ($3)', 'NULL, NULL, ''{1,2,3}''', 'id', 25, 21, 21, NULL),
('configuration_summary', 'id = 1', '', 'id', 1, 2, 2, NULL),
('import_states', 'true', '', 'id DESC', 25, 60, 100, NULL),
('import_mappings', 'true', '', 'id', 25, 25, 100, NULL),
('merges', 'true', '', 'merged_at DESC NULLS LAST, id DESC', 25, 25, 300, NULL),
('merges', 'true', '', 'id', 25, 25, 300, NULL);

\ir reads.sql
GRANT SELECT ON test.list TO tenantry_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;

SELECT org AS ada FROM test.plan WHERE contacts = 200000 \gset
SET session_replication_role = replica;
INSERT INTO crm.merges (org_id, winner_id, loser_id, loser, before, after, moved, deals)
	SELECT :'ada', i, i, '{}', '{}', '{}', '{}', '[]' FROM generate_series(1, 300) i;
SET session_replication_role = origin;
ANALYZE crm.merges;

SET ROLE tenantry_app;
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SET enable_seqscan = off;	-- otherwise small tables would be scanned sequentially
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT set_config('app.found', (SELECT array_agg(i)::text FROM generate_series(1, 20000, 400) i), true) \gset
SELECT set_config('enable_sort', CASE WHEN relation IN ('activity_log', 'timeline') THEN 'off' ELSE 'on' END, true), test.check_reads(format('%s where %s %s by %s', relation, filter, args, sort), test.run(format(
		'SELECT * FROM crm.%s t WHERE %s ORDER BY %s LIMIT %s', relation, filter, sort, page),
		coalesce(nullif(args, ''), 'NULL')), most) FROM test.list;
SELECT test.check_reads(format('the count of %s where %s %s', relation, filter, args), test.run(format(
		'SELECT count(*) FROM crm.%s t WHERE %s', relation, filter),
		coalesce(nullif(args, ''), 'NULL')), total) FROM test.list;

-- The log of one company equals the part of the whole log that is about this company.
SELECT test.is((SELECT md5(string_agg(row_to_json(l)::text, ',' ORDER BY id)) FROM crm.company_activity l WHERE company_id = 17),
	md5(string_agg(row_to_json(l)::text, ',' ORDER BY id)), 'the log of one company is the same in both views')
  FROM crm.activity_log l WHERE company_id = 17 OFFSET 0;

-- A merge looks up the rows that refer to a contact.
SELECT test.check_reads('what refers to a contact in ' || child, test.run(format('SELECT id FROM crm.%I WHERE %I = $2 ORDER BY id', child, member),
	'NULL, 17'), 2) FROM crm.contact_references();
COMMIT;
RESET ROLE;
DROP INDEX crm.contacts_sales_id;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT test.ok((SELECT sum(rows) FROM test.scans(test.run('SELECT count(*) FROM crm.contacts_summary WHERE sales_id = $2', 'NULL, 1'))) > 100000,
	'and this test sees an index that is missing');
COMMIT;
