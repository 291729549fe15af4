-- Records the payload_version of each webhook, which does not change
-- source: crm.webhooks identity.organization

-- read
SELECT w.id, coalesce(w.payload_version, 1) AS payload_version FROM crm.webhooks w
 WHERE w.org_id = (SELECT ops.chosen_organization())

-- forward
INSERT INTO ops.migration_row (source_key, target_id) SELECT b.id, b.payload_version FROM batch b

-- compare
SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT w.id, coalesce(w.payload_version, 1) AS payload_version
		  FROM (SELECT r.source_key::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.webhooks w ON w.org_id = s.org AND w.id = r.id OFFSET 0) x

-- reverse
SELECT 1
