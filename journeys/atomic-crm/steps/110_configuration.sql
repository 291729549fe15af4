-- Imports the settings of the CRM
-- source: public.configuration?
-- carried: config

-- read
SELECT c.id::bigint AS id, c.config, regexp_replace(regexp_replace(c.config::text,
		'"https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*"', '"*"', 'g'),
		'"path": "[^"\\]*"', '"path": "*"', 'g') AS files
  FROM public.configuration c
 WHERE jsonb_typeof(c.config) = 'object' AND c.config <> '{}'

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	UPDATE crm.configuration c SET config = b.config
	  FROM batch b
	 WHERE c.org_id = current_setting('app.org_id')::uuid AND c.config = '{}'
	RETURNING b.id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b JOIN crm.configuration c ON c.org_id = current_setting('app.org_id')::uuid AND c.config <> '{}'

-- compare
-- Ignores the values that the next step adds.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, ops.without_file_names((SELECT coalesce(jsonb_object_agg(e.key, CASE
			WHEN jsonb_typeof(e.value) = 'array' THEN (SELECT coalesce(jsonb_agg(v.entry ORDER BY v.n), '[]')
				FROM jsonb_array_elements(e.value) WITH ORDINALITY v (entry, n)
				WHERE jsonb_typeof(v.entry) <> 'object' OR NOT EXISTS (SELECT FROM ops.migration_row a
					WHERE a.migration_id = r.migration_id AND a.step = 120
					  AND a.source_key = concat_ws(' ', e.key, v.entry->>'value')))
			ELSE e.value END), '{}')
			FROM jsonb_each(c.config) e
			WHERE NOT EXISTS (SELECT FROM ops.migration_row a WHERE a.migration_id = r.migration_id AND a.step = 120
				AND split_part(a.source_key, ' ', 1) = e.key AND a.target_id = 'list'))::text) AS files
		  FROM ops.migration_row r JOIN crm.configuration c ON c.org_id = s.org
		WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) x

-- reverse
-- Values in newer rows cannot be removed. They are deleted with the organization.
SELECT ops.enter_migrated_organization('restoring');
DO $$
BEGIN
	UPDATE crm.configuration c SET config = '{}' FROM batch b WHERE c.org_id = current_setting('app.org_id')::uuid;
EXCEPTION WHEN sqlstate 'ZH422' THEN
	NULL;
END $$

-- return
SELECT CASE WHEN NOT ops.migration_misses('configuration') THEN format('UPDATE public.%I SET config = %L WHERE id = 1',
		'configuration', ops.with_source_files(c.config::text)) END AS statement, 'the settings were changed' AS detail
  FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, LATERAL (SELECT c.config FROM crm.configuration c
	WHERE c.org_id = s.org AND EXISTS (SELECT FROM ops.audit_log l WHERE l.org_id = s.org AND l.table_name = 'configuration'
		AND l.at > ops.migration_end()) OFFSET 0) c
