-- Tests the effects of the fields of resource descriptions: a field affects only the resources that have it. The lists
-- of other effects are maintained by hand.

SELECT test.is((SELECT array_agg(f.resource || '.' || f.name ORDER BY f.resource, f.name)::text FROM ops.field f
	WHERE f.type IS NOT NULL AND NOT f.description ?| '{about,refers,names}' AND NOT ops.common_descriptions() ? f.name),
	NULL, 'OpenAPI says of each field what it means, or to which rows it refers');

-- The resources whose CRM table is not used by any other CRM resource.
CREATE TABLE test.described AS
	SELECT r.name, split_part(r.description->>'table', '.', 2) AS table_name, r.description ? 'feed' AS feed,
		r.description ? 'assistant' AS assistant
	  FROM ops.resource r JOIN pg_class c ON c.oid = to_regclass(r.description->>'table') AND c.relkind = 'r'
	 WHERE c.relnamespace = 'crm'::regnamespace AND NOT r.description ? 'module' AND (SELECT count(*) FROM ops.resource o
		WHERE o.description->>'table' = r.description->>'table' AND NOT o.description ? 'module') = 1;
SELECT test.ok(count(*) FILTER (WHERE d.feed) > 10 AND count(*) FILTER (WHERE NOT d.feed) > 5, 'resources with and without a feed') FROM test.described d;

SELECT test.is((SELECT jsonb_object_agg(c.resource, concat_ws(' ', c.table_name, c.source, c.resource_2, c.source_2, c.module))
	FROM ops.change_resource c), (SELECT jsonb_object_agg(r.name, concat_ws(' ', split_part(r.description->>'table', '.', 2),
		coalesce(r.description->>'view', r.description->>'table'), s.name, s.description->>'view', s.description->>'module'))
	  FROM ops.resource r LEFT JOIN ops.resource s ON s.description->>'table' = r.description->>'table' AND s.description ? 'feed'
		AND s.description ? 'module'
	 WHERE r.description ? 'feed' AND NOT r.description ? 'module')::text, 'the feed has the changes of what is described so');

SELECT test.is((SELECT array_agg(DISTINCT c.relname ORDER BY c.relname)::text FROM pg_class c
	WHERE ops.runs_trigger(c.oid, 'crm.context_changed')), ops.resources_with('assistant')::text,
	'changes of what the assistant searches are queued');

-- Toggles the fields "feed" and "assistant" of each resource, and then runs the last step of "tenantry schema up".
BEGIN;
SELECT test.sign_up('ada') IS NULL AS x \gset
UPDATE ops.resource r SET description = CASE WHEN d.feed THEN r.description - 'feed' ELSE r.description || '{"feed": true}' END
	- CASE WHEN d.assistant THEN 'assistant' ELSE '' END || CASE WHEN d.assistant THEN '{}' ELSE '{"assistant": true}' END::jsonb
  FROM test.described d WHERE d.name = r.name;
SELECT ops.compile_catalogue() IS NULL AS x \gset
SELECT test.is((SELECT jsonb_agg(d.name) FROM test.described d WHERE d.feed = ANY (ARRAY[
		EXISTS (SELECT FROM ops.change_resource c WHERE (c.resource, c.table_name) = (d.name, d.table_name)),
		ops.is_event_pattern(d.name || '.create'), (SELECT r.feed FROM ops.resource r WHERE r.name = d.name)])),
	NULL, 'in the feed, the events of webhooks and the catalogue, or in none of them');
SELECT ops.switch_assistant(true, 'model') IS NULL AS x \gset
SELECT test.is((SELECT array_agg(b.table_name ORDER BY b.table_name COLLATE "C")::text FROM ops.embedding_backlog b),
	(SELECT array_agg(d.name ORDER BY d.name COLLATE "C")::text FROM test.described d WHERE NOT d.assistant), 'embedded, or not');
ROLLBACK;

-- An error states the rule of its constraint, for each field that clients can write.
SELECT test.is((SELECT array_agg(k.conname ORDER BY k.conname)::text
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
	 CROSS JOIN LATERAL ops.explain_check(n.nspname, c.relname, k.conname) e
	 WHERE k.contype = 'c' AND cardinality(k.conkey) = 1 AND e.code IS NULL
	   AND EXISTS (SELECT FROM ops.resource r JOIN ops.field f ON f.resource = r.name AND f.description ? 'write'
		WHERE to_regclass(r.description->>'table') = c.oid AND f.name = a.attname)), NULL,
	'the error about a value states the rule of its field');
SELECT test.is((SELECT string_agg(said, '; ' ORDER BY k.conname) FROM (VALUES ('webhooks_events_check'), ('webhooks_payload_version_check'),
	('appointments_title_check'), ('opportunity_items_quantity_check'), ('shares_user_id_check'), ('views_filters_check')) k (conname)
	CROSS JOIN LATERAL ops.explain_check('crm', regexp_replace(k.conname, '_(events|payload_version|title|quantity|user_id|filters)_check', ''), k.conname)),
	'must not be empty; must be more than 0 and at most 1000000000000, with at most 6 decimals; exactly one of user_id, team_id is required; '
	|| 'must be an object of at most 16384 bytes; must be a list of 1 to 50 elements; is not an allowed value; use one of 1, 2', 'rules of several forms');

-- If the fields of a table no longer have limits, their check is no longer part of its trigger.
BEGIN;
SELECT test.ok(to_regproc('crm.limit_texts_of_tasks') IS NOT NULL AND prosrc LIKE '%limit_texts_of_tasks%', 'tasks have text limits')
  FROM pg_proc WHERE oid = 'crm.before_write_of_tasks'::regproc;
UPDATE ops.field f SET description = f.description - 'limit' WHERE f.resource = 'tasks';
SELECT ops.compile_catalogue() IS NULL AS x \gset
SELECT test.ok(to_regproc('crm.limit_texts_of_tasks') IS NULL AND prosrc NOT LIKE '%limit_texts_of_tasks%', 'no limit, no check and no function')
  FROM pg_proc WHERE oid = 'crm.before_write_of_tasks'::regproc;
SELECT test.ok(to_regproc('crm.limit_texts_of_contacts') IS NOT NULL, 'other tables keep theirs');
ROLLBACK;
