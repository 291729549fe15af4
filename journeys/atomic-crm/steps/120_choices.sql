-- Adds the stages, sectors and other values that occur in rows but not in the settings
--
-- If the decision unknown_values is "reject", nothing is added, and rows with other values are rejected.
-- source: public.deals public.companies public.contacts public.contact_notes public.tasks public.deal_notes

-- read
SELECT concat_ws(' ', u.kind, u.value) COLLATE "C" AS key, u.kind, u.value
  FROM (SELECT 'dealStages' AS kind, d.stage AS value FROM public.deals d
	UNION SELECT 'dealCategories', d.category FROM public.deals d
	UNION SELECT 'companySectors', c.sector FROM public.companies c
	UNION SELECT 'companySizes', c.size::text FROM public.companies c
	UNION SELECT 'noteStatuses', c.status FROM public.contacts c
	UNION SELECT 'noteStatuses', n.status FROM public.contact_notes n
	UNION SELECT 'taskTypes', t.type FROM public.tasks t
	UNION SELECT 'noteTypes', n.type FROM public.deal_notes n) u
 WHERE u.value <> '' AND current_setting('migration.unknown_values') = 'add'

-- reject
SELECT b.key, 'a value has at most 100 characters, and that of a size is a number' FROM batch b
 WHERE char_length(b.value) > 100 OR btrim(b.value) = '' OR b.kind = 'companySizes' AND b.value !~ '^(0|[1-9][0-9]{0,3})$'

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH config AS (SELECT c.config FROM crm.configuration c WHERE c.org_id = current_setting('app.org_id')::uuid),
new AS (
	SELECT b.key, b.kind, b.value, crm.configured_list(c.config, b.kind) AS list, c.config ? b.kind AS configured
	  FROM batch b, config c
	 WHERE crm.configured_list(c.config, b.kind) <> '[]'
	   AND b.value <> ALL (crm.list_values(crm.configured_list(c.config, b.kind)) || crm.constant_choices(b.kind))),
written AS (
	UPDATE crm.configuration c SET config = c.config || (SELECT jsonb_object_agg(l.kind, l.entries) FROM (
		SELECT n.kind, n.list || jsonb_agg(jsonb_build_object('value', n.value, 'label', n.value)
			|| CASE n.kind WHEN 'noteStatuses' THEN '{"color": "#cccccc"}'::jsonb ELSE '{}' END ORDER BY n.value) AS entries
		  FROM new n GROUP BY n.kind, n.list) l)
	 WHERE c.org_id = current_setting('app.org_id')::uuid AND EXISTS (SELECT FROM new))
INSERT INTO ops.migration_row (source_key, target_id)
SELECT n.key, CASE WHEN n.configured AND NOT EXISTS (SELECT FROM ops.migration_row r
		WHERE r.migration_id = current_setting('migration.id')::bigint
		  AND r.step = current_setting('migration.step')::integer
		  AND split_part(r.source_key, ' ', 1) = n.kind AND r.target_id = 'list') THEN 'value' ELSE 'list' END
  FROM new n

-- known
-- Values that the settings offer, and values whose list in the settings is empty.
SELECT b.key FROM batch b JOIN crm.configuration c ON c.org_id = current_setting('app.org_id')::uuid
 WHERE crm.configured_list(c.config, b.kind) = '[]'
    OR b.value = ANY (crm.list_values(crm.configured_list(c.config, b.kind)) || crm.constant_choices(b.kind))

-- compare
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key COLLATE "C" AS key, c.kind, c.value
		  FROM ops.migration_row r JOIN crm.choices c ON c.org_id = s.org
			AND c.kind = split_part(r.source_key, ' ', 1) AND r.source_key = concat_ws(' ', c.kind, c.value)
		WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) x

-- reverse
-- Values in newer rows cannot be removed. They are deleted with the organization.
SELECT ops.enter_migrated_organization('restoring');
DO $$
BEGIN
	UPDATE crm.configuration c SET config = (SELECT coalesce(jsonb_object_agg(e.key, CASE jsonb_typeof(e.value)
			WHEN 'array' THEN (SELECT coalesce(jsonb_agg(v.entry ORDER BY v.n), '[]')
				FROM jsonb_array_elements(e.value) WITH ORDINALITY v (entry, n)
				WHERE jsonb_typeof(v.entry) <> 'object' OR NOT EXISTS (SELECT FROM batch b
					WHERE b.source_key = concat_ws(' ', e.key, v.entry->>'value')))
			ELSE e.value END), '{}')
		FROM jsonb_each(c.config) e
		WHERE NOT EXISTS (SELECT FROM batch b WHERE split_part(b.source_key, ' ', 1) = e.key AND b.target_id = 'list'))
	 WHERE c.org_id = current_setting('app.org_id')::uuid;
EXCEPTION WHEN sqlstate 'ZH422' THEN
	NULL;
END $$
