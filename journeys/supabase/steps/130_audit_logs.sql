-- Imports the rows of :each into the audit log
-- each: system_audit_logs user_audit_logs auditlog
--
-- Each whole row is kept. The audit log shows them with those of this installation.
-- source: public.:each

-- read
SELECT l.id, r.data->>'created_at' AS created_at, r.data->>'user_id' AS user_id,
	r.data->>'ip_address' AS address, r.data->>'entity_type' AS object, r.data->>'entity_id' AS object_id,
	coalesce(r.data->>'action', 'event') AS action, r.data::text AS data
  FROM public.:each l, LATERAL (SELECT to_jsonb(l) AS data) r

-- reject
SELECT b.id, 'it has no time' FROM batch b WHERE b.created_at IS NULL OR NOT isfinite(b.created_at::timestamptz)

-- forward
SELECT ops.enter_migrated_organization();
WITH created AS (
	INSERT INTO ops.imported_audit_log (org_id, source_table, source_id, id, at, user_id, address, object, object_id,
		action, data)
	SELECT current_setting('app.org_id')::uuid, 'public.:each', b.id,
		ops.imported_audit_id(b.created_at::timestamptz, b.id::text), b.created_at::timestamptz,
		coalesce(a.user_id, i.user_id, b.user_id), b.address, b.object, b.object_id, b.action, b.data::json
	  FROM (SELECT b.*, identity.uuid_or_null(b.user_id) AS application_user FROM batch b OFFSET 0) b
	  LEFT JOIN membership.users a
		ON a.org_id = current_setting('app.org_id')::uuid AND a.id = b.application_user
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT DO NOTHING
	RETURNING source_id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.source_id, c.source_id FROM created c

-- known
SELECT x.id FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT b.id FROM batch b JOIN ops.imported_audit_log l
			ON l.org_id = s.org AND l.source_table = 'public.:each' AND l.source_id = b.id::text OFFSET 0) x

-- compare
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT l.source_id AS id, l.data->>'created_at' AS created_at, l.data->>'user_id' AS user_id, l.address,
			l.object, l.object_id, l.action, l.data::text AS data
		  FROM ops.migration_row r JOIN ops.imported_audit_log l
			ON l.org_id = s.org AND l.source_table = 'public.:each' AND l.source_id = r.target_id
		 WHERE r.migration_id = current_setting('migration.id')::bigint
		   AND r.step = current_setting('migration.step')::integer OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization();
DELETE FROM ops.imported_audit_log l USING batch b
 WHERE l.org_id = current_setting('app.org_id')::uuid AND l.source_table = 'public.:each'
   AND l.source_id = b.target_id
