-- Webhooks whose payload_version has changed, although nobody has changed it
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s
  JOIN ops.migration_step t ON t.migration_id = current_setting('migration.id')::bigint AND t.name = '050_webhooks',
	LATERAL (SELECT 'webhook ' || w.id AS key, format('had %s and has %s', r.target_id, w.payload_version) AS detail
		  FROM ops.migration_row r JOIN crm.webhooks w ON w.org_id = s.org AND w.id = r.source_key::bigint
		 WHERE r.migration_id = t.migration_id AND r.step = t.step AND r.target_id <> coalesce(w.payload_version, 1)::text
		   AND NOT EXISTS (SELECT FROM ops.audit_log l WHERE l.org_id = s.org AND l.table_name = 'webhooks'
			AND l.row_id = w.id::text AND l.at > t.started_at) OFFSET 0) x
