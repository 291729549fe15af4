-- The schema was updated after the run, so that the definitions of deals are not compared
-- on: target
-- verdict: warning

SELECT 'schema' AS key, format('was at %s, and is at %s', r.target_id, ops.schema_state()) AS detail
  FROM ops.migration_row r JOIN ops.migration_step t ON t.migration_id = r.migration_id AND t.step = r.step AND t.name = '060_rights'
 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.source_key = 'schema' AND r.target_id <> ops.schema_state()
