-- Imports the audit entries of accounts as their events
--
-- The action begins with "supabase.", and the original entry is the data of the event.
-- source: auth.audit_log_entries

-- read
SELECT e.id, e.created_at AS at, 'supabase.' || coalesce(e.payload->>'action', 'event') AS action,
	coalesce(e.payload->'traits'->>'user_id', e.payload->>'actor_id') AS user_id,
	e.payload->>'actor_id' AS actor_id, nullif(e.ip_address, '') AS address, e.payload::text AS data
  FROM auth.audit_log_entries e

-- reject
SELECT b.id, 'it has no time' FROM batch b WHERE b.at IS NULL OR NOT isfinite(b.at)

-- forward
-- The IDs are higher than those of ops.new_id() for decades, and exact as numbers in JavaScript.
WITH created AS (
	INSERT INTO identity.event (id, at, user_id, actor_id, address, action, data)
	SELECT 4503599627370496 + ('x' || left(md5(b.id::text), 13))::bit(52)::bigint, b.at,
		coalesce(i.user_id, b.user_id), coalesce(j.user_id, b.actor_id), b.address, b.action, b.data::json
	  FROM batch b
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	  LEFT JOIN identity.imported_user j ON j.source_id = b.actor_id
	ON CONFLICT (id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id
  FROM batch b JOIN created c ON c.id = 4503599627370496 + ('x' || left(md5(b.id::text), 13))::bit(52)::bigint

-- known
SELECT b.id FROM batch b CROSS JOIN LATERAL (SELECT FROM identity.event e
	WHERE e.id = 4503599627370496 + ('x' || left(md5(b.id::text), 13))::bit(52)::bigint OFFSET 0) e

-- compare
SELECT r.source_key AS id, e.at, e.action,
	coalesce(e.data->'traits'->>'user_id', e.data->>'actor_id') AS user_id,
	e.data->>'actor_id' AS actor_id, e.address, e.data::text AS data
  FROM ops.migration_row r JOIN identity.event e ON e.id = r.target_id::bigint
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.event e USING batch b WHERE e.id = b.target_id::bigint
