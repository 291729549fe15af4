-- Roles that may do something else with opportunities than they could with deals
-- on: target

SELECT r.source_key AS key, format('could %s, and can %s now', r.was, n.scopes) AS detail
  FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s
 CROSS JOIN LATERAL (SELECT r.source_key, substr(r.source_key, 6) AS role, (r.target_id::jsonb->'deals') - 'rows' AS was
	  FROM ops.migration_row r JOIN ops.migration_step t ON t.migration_id = r.migration_id AND t.step = r.step AND t.name = '070_rights'
	 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.source_key LIKE 'role %' OFFSET 0) r
 CROSS JOIN LATERAL (SELECT ops.scopes_of(s.org, r.role, 'opportunities') AS scopes OFFSET 0) n
 WHERE n.scopes <> r.was
