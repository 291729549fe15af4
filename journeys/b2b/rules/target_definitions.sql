-- Policies, privileges, triggers, comments, constraints and defaults of deals that the run has changed
--
-- An upgrade may also change them. In this case, target_schema warns.
-- on: target

SELECT coalesce(d.what, r.source_key) AS key, CASE WHEN d.what IS NULL THEN 'is gone' WHEN r.source_key IS NULL THEN 'is new' ELSE 'has changed' END AS detail
  FROM (SELECT r.source_key, r.target_id
	  FROM ops.migration_row r JOIN ops.migration_step t ON t.migration_id = r.migration_id AND t.step = r.step AND t.name = '060_rights'
	 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.source_key NOT LIKE 'role %' AND r.source_key <> 'schema') r
  FULL JOIN (SELECT d.* FROM ops.definitions_of('crm.deals') d
	WHERE EXISTS (SELECT FROM ops.migration_step t WHERE t.migration_id = current_setting('migration.id')::bigint
		AND t.name = '060_rights' AND t.state = 'done')) d ON d.what = r.source_key
 WHERE EXISTS (SELECT FROM ops.migration_row s JOIN ops.migration_step t ON t.migration_id = s.migration_id AND t.step = s.step AND t.name = '060_rights'
	WHERE s.migration_id = current_setting('migration.id')::bigint AND s.source_key = 'schema' AND s.target_id = ops.schema_state())
   AND md5(d.definition) IS DISTINCT FROM r.target_id
