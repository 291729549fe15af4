-- No list, filter or sort of the clients may read rows of another organization: every scan of a tenant table uses an
-- index whose condition contains org_id. Where a page must not first sort all rows of the organization, the index
-- provides the order.
--
-- Sequential scans and sorts are disabled, so the plans contain only those that the planner cannot avoid, however few
-- rows there are.

CREATE TABLE test.query (relation text, filter text, sort text, ordered boolean);
INSERT INTO test.query VALUES
('contacts_summary', 'true', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'true', 'last_name COLLATE ops.human ASC NULLS LAST, id', true),
('contacts_summary', 'true', 'first_name COLLATE ops.human ASC NULLS LAST, id', true),
('contacts_summary', 'true', 'last_seen ASC NULLS LAST, id', false),
('contacts_summary', 'true', 'last_name COLLATE ops.human DESC NULLS LAST, id DESC', false),
('contacts_summary', 'true', 'id DESC', true),
('contacts_summary', 'true', 'id ASC', true),
('contacts_summary', 'status = $1', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'status = $1 AND sales_id = $2', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'tags @> $3', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'nb_tasks > $2', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'last_seen >= $4 AND last_seen <= $5', 'last_seen DESC NULLS LAST, id DESC', true),
('contacts_summary', 'first_name COLLATE ops.human = $1 AND last_name COLLATE ops.human = $1 AND id <> $2', 'id DESC', false),
('contacts_summary', 'company_id = $2', 'last_name COLLATE ops.human ASC NULLS LAST, id', false),
('contacts_summary', 'id = ANY ($3)', 'id', false),
('contacts_summary', 'id = ANY ((SELECT crm.search_contacts($1))::bigint[])', 'last_seen DESC NULLS LAST, id DESC', false),
('contacts', 'company_id = $2', 'id DESC', false),
('contacts_summary', 'id = ANY (ARRAY(SELECT x.row_id FROM crm.external_ids x WHERE x.resource = ''contacts'' AND x.source = $1 AND x.key = ANY ($6)))', 'last_seen DESC NULLS LAST, id DESC', false),
('contacts', 'NOT EXISTS (SELECT FROM crm.external_ids x WHERE x.resource = ''contacts'' AND x.row_id = contacts.id AND x.source = $1)', 'id DESC', true),
('audit_entries', 'true', 'tenant DESC, at DESC, id DESC', true),
('audit_entries', 'true', 'tenant DESC, id DESC', true),
('audit_entries', 'at >= $4 AND at < $5', 'tenant DESC, at DESC, id DESC', true),
('audit_entries', 'user_id = $1 AND at >= $4', 'tenant DESC, at DESC, id DESC', true),
('audit_entries', 'row_id = $1 AND resource = $1', 'tenant DESC, at DESC, id DESC', false),
('audit_entries', 'resource = (SELECT ops.named_table($1))', 'tenant DESC, at DESC, id DESC', true),
('audit_entries', 'resource = (SELECT ops.named_table($1)) AND action = $1 AND created_at >= $4', 'tenant DESC, created_at DESC, id DESC', true),
('audit_entries', 'resource = ANY ((SELECT ops.named_tables($6))::text[])', 'tenant DESC, at DESC, id DESC', false),
('audit_entries', 'action = $1', 'tenant DESC, at DESC, id DESC', true),
('audit_entries', 'row_id = $1', 'tenant DESC, at DESC, id DESC', false),
('audit_entries', 'impersonator = $1', 'tenant DESC, at DESC, id DESC', false),
('audit_entries', 'api_key_id = $1', 'tenant DESC, at DESC, id DESC', false),
('audit_entries', 'request_id = $1', 'tenant DESC, at DESC, id DESC', true),
('companies_summary', 'true', 'name COLLATE ops.human ASC NULLS LAST, id', true),
('companies_summary', 'true', 'name COLLATE ops.human DESC NULLS LAST, id DESC', false),
('companies_summary', 'true', 'created_at DESC NULLS LAST, id DESC', false),
('companies_summary', 'true', 'nb_contacts DESC NULLS LAST, id', false),
('companies_summary', 'size = $2 AND sector = $1 AND sales_id = $2', 'name COLLATE ops.human ASC NULLS LAST, id', true),
('companies_summary', 'name COLLATE ops.human = ANY ($6)', 'id', false),
('companies_summary', 'id = ANY ((SELECT crm.search_companies($1))::bigint[])', 'name COLLATE ops.human ASC NULLS LAST, id', false),
('deals', 'archived_at IS NULL', 'index DESC NULLS LAST, id DESC', false),
('deals', 'archived_at IS NOT NULL', 'archived_at DESC NULLS LAST, id DESC', false),
('deals', 'stage = $1', 'index ASC NULLS LAST, id', false),
('deals', 'company_id = $2 AND category = $1 AND sales_id = $2', 'index DESC NULLS LAST, id', false),
('deals', 'company_id = $2', 'name COLLATE ops.human ASC NULLS LAST, id', false),
('deals', 'created_at >= $4', 'created_at ASC NULLS LAST, id', false),
('deals', 'contact_ids @> $3', 'id DESC', true),
('deals', 'id = ANY ((SELECT crm.search_deals($1))::bigint[])', 'index DESC NULLS LAST, id', false),
('contact_notes', 'contact_id = $2', 'date DESC NULLS LAST', true),
('contact_notes', 'sales_id = $2', 'date DESC NULLS LAST', true),
('contact_notes', 'true', 'id DESC', true),
('deal_notes', 'deal_id = $2', 'date DESC NULLS LAST', true),
('deal_notes', 'sales_id = $2', 'date DESC NULLS LAST', true),
('tasks', 'sales_id = $2', 'due_date ASC NULLS LAST', true),
('tasks', 'contact_id = $2', 'due_date ASC NULLS LAST, id', false),
('tags', 'true', 'name COLLATE ops.human ASC NULLS LAST, id', true),
('tags', 'name COLLATE ops.human = ANY ($6)', 'id', false),
('tags', 'id = ANY ($3)', 'id', false),
('sales', 'disabled <> true', 'last_name COLLATE ops.human ASC NULLS LAST, id', false),
('sales', 'email = $1', 'id', true),
('sales', 'id = ANY ((SELECT crm.search_sales($1))::bigint[])', 'first_name COLLATE ops.human ASC NULLS LAST, id', false),
('configuration_summary', 'id = 1', 'id', false),
('activity_log', 'true', 'date DESC NULLS LAST', true),
('activity_log', 'company_id = $2', 'date DESC NULLS LAST', false),
('activities', 'true', 'occurred_at DESC NULLS LAST, id DESC', true),
('appointments', 'starts_at >= $4', 'starts_at, id', true),
('daily_metrics', 'date >= $4::date', 'date', true),
('trash_summary', 'parent_id IS NULL', 'deleted_at DESC NULLS LAST, id DESC', true),
('trash_summary', 'parent_id IS NULL AND resource = $1', 'deleted_at DESC NULLS LAST, id DESC', true),
('contacts_summary', 'last_name COLLATE ops.human >= $1', 'last_name COLLATE ops.human, id', true),
('contacts_summary', 'true', 'updated_at NULLS FIRST, id', true),
('contacts_summary', 'true', 'created_at DESC NULLS LAST, id DESC', true),
('contacts_summary', 'updated_at >= $4', 'updated_at NULLS FIRST, id', true),
('companies_summary', 'updated_at >= $4', 'updated_at DESC NULLS LAST, id DESC', true),
('deals', 'updated_at >= $4', 'updated_at NULLS FIRST, id', true),
('trash', 'object = $1', 'deleted_at DESC NULLS LAST, row_id DESC', true),	-- the deleted rows of a custom object
('trash_summary', 'root_id = $2', 'id', false),
('trash_summary', 'row_id = $2 AND parent_id IS NULL', 'id', false);

CREATE FUNCTION test.explain(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'DEALLOCATE ALL';
	EXECUTE 'PREPARE q (text, bigint, bigint[], timestamptz, timestamptz, text[]) AS ' || statement;
	EXECUTE 'EXPLAIN (FORMAT json) EXECUTE q (NULL, NULL, NULL, NULL, NULL, NULL)' INTO plan;
	RETURN plan;
END $$;

-- Returns the scans in a plan that read more than one organization.
CREATE FUNCTION test.foreign_scans(plan jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s on %s: %s', node->>'Node Type',
		coalesce(node->>'Relation Name', node->>'Index Name'), node->>'Index Cond')
	  FROM jsonb_path_query(plan, '$.** ? (exists (@."Node Type"))') node
	 WHERE node->>'Node Type' IN ('Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Index Scan')
	   AND coalesce(node->>'Relation Name', '') <> 'favicons_excluded_domains'
	   AND NOT coalesce(node->>'Index Cond' ~ '\morg_id = ', false)
$$;
GRANT SELECT ON test.query TO tenantry_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;

SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x \gset
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_sort = off;
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT test.is((SELECT string_agg(DISTINCT s, '; ') FROM test.foreign_scans(list) s), NULL,
		format('%s where %s order by %s reads its organization alone', relation, filter, sort)),
	test.is((SELECT string_agg(DISTINCT s, '; ') FROM test.foreign_scans(total) s), NULL,
		format('%s where %s is counted so', relation, filter)),
	test.ok(NOT ordered OR NOT jsonb_path_exists(list, '$.** ? (@."Node Type" == "Sort" && @."Parent Relationship" != "Subquery")')
		OR relation = 'activity_log' AND jsonb_path_exists(list, '$.** ? (@."Node Type" == "Merge Append")'),
		format('%s where %s comes ordered by %s', relation, filter, sort))
  FROM (SELECT *, test.explain(format('SELECT * FROM crm.%s WHERE %s ORDER BY %s LIMIT 25', relation, filter, sort)) AS list,
		test.explain(format('SELECT count(*) FROM crm.%s WHERE %s', relation, filter)) AS total
	  FROM test.query OFFSET 0) x;
SELECT test.is((SELECT string_agg(DISTINCT s, '; ') FROM unnest(ARRAY[
	'SELECT * FROM crm.contacts_summary WHERE id = $2', 'UPDATE crm.contacts SET status = $1 WHERE id = $2',
	'DELETE FROM crm.contacts WHERE id = $2', 'DELETE FROM crm.companies WHERE id = ANY ($3)',
	'UPDATE crm.deals SET index = 1 WHERE id = $2', 'SELECT * FROM ops.audit_log ORDER BY id DESC LIMIT 10']) q,
	test.foreign_scans(test.explain(q)) s), NULL, 'nor do one row, a change, a delete, the log');
COMMIT;
RESET ROLE;

-- An erasure finds the messages of an address with an index, as the role that owns the function.
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.messages (channel, direction, body, sender, recipient)
	SELECT 'email', 'inbound', 'x', i || '@from.test', i || '@to.test' FROM generate_series(1, 1000) i;
ANALYZE crm.messages;
CREATE FUNCTION test.plan(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || statement INTO plan;
	RETURN plan;
END $$;
GRANT USAGE ON SCHEMA test TO tenantry_search;
GRANT EXECUTE ON FUNCTION test.plan(text) TO tenantry_search;
SELECT replace(p.prosrc, 'addresses', '''{7@from.test,8@to.test}''') AS statement
  FROM pg_proc p WHERE p.oid = 'crm.find_messages(text[])'::regprocedure \gset
SET LOCAL ROLE tenantry_search;
SELECT test.plan(:'statement') AS plan \gset
RESET ROLE;
SELECT test.is((SELECT string_agg(i #>> '{}', ' ' ORDER BY i) FROM (SELECT DISTINCT i
		FROM jsonb_path_query(:'plan', '$.**."Index Name"') i) x),
	'messages_recipient messages_sender', 'an erasure finds messages by an index of senders and one of recipients');

SET LOCAL session_replication_role = replica;
INSERT INTO ops.audit_log (org_id, id, at, user_id, table_name, row_id, action)
	SELECT org, i, now() + i * interval '1 s', 'user' || i % 3, 'table' || i % 4, i::text, 'action' || i % 5
	  FROM generate_series(1, 5000) i, (VALUES ('00000000-0000-0000-0000-000000000001'::uuid)) v (org);
ANALYZE ops.audit_log;
SELECT test.is(test.plan(format('SELECT * FROM ops.audit_log WHERE org_id = ''00000000-0000-0000-0000-000000000001'' AND %s '
		'ORDER BY org_id DESC, at DESC, id DESC LIMIT 50', c.condition)) #>> '{0,Plan,Plans,0,Index Name}',
	c.index, 'two filters of the audit log have an index of both: ' || c.index)
  FROM (VALUES ('table_name = ''table1'' AND action = ''action1''', 'audit_log_table_action'),
	('user_id = ''user1'' AND table_name = ''table1''', 'audit_log_user_table'),
	('user_id = ''user1'' AND action = ''action1''', 'audit_log_user_action')) c (condition, index);
ROLLBACK;
SELECT test.ok(EXISTS (SELECT test.foreign_scans(test.explain('SELECT * FROM crm.contacts ORDER BY id LIMIT 1'))),
	'and this test sees it when one does');
