-- Imports the sessions, whose cookies remain valid
--
-- Only hashes of their tokens are stored. Sessions of banned users and impersonation sessions are not imported.
-- source: public.session public."user"
-- carried: organization_id user_read
-- purged: expires_at <= now()

-- read
SELECT s.id COLLATE "C" AS id, sha256(convert_to(s.token, 'UTF8')) AS token_hash, s.user_id, s.expires_at, s.ip_address,
	left(regexp_replace(s.user_agent, '[^ -~]', '?', 'g'), 512) AS user_agent, s.active_organization_id AS organization_id,
	coalesce(s.created_at, s.updated_at, 'epoch') AS created_at,
	EXISTS (SELECT FROM public."user" w WHERE w.id = s.user_id AND w.email <> '') AS user_read
  FROM public.session s
 WHERE s.token <> '' AND NOT EXISTS (SELECT FROM public."user" w WHERE w.id = s.user_id AND w.banned)
   AND to_jsonb(s)->>'impersonatedBy' IS NULL AND to_jsonb(s)->>'impersonated_by' IS NULL

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'its time of expiry is infinite' FROM batch b WHERE NOT isfinite(b.expires_at)

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity.session (id, token_hash, user_id, method, expires_at, created_at, updated_at, ip_address, user_agent, active_organization_id)
	SELECT b.id, b.token_hash, u.id, 'import', b.expires_at, b.created_at, b.created_at, b.ip_address, b.user_agent,
		coalesce((SELECT m.organization_id FROM identity.organization_member m JOIN identity.imported_organization o ON o.id = m.organization_id
			WHERE m.user_id = u.id AND o.source_id = b.organization_id AND NOT m.disabled
			  AND NOT ops.migration_rejected('010_organizations', b.organization_id)), identity.choose_organization(u))
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	  JOIN identity."user" u ON u.id = coalesce(i.user_id, b.user_id)
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b CROSS JOIN LATERAL (SELECT FROM identity.session s WHERE s.token_hash = b.token_hash OFFSET 0) s

-- compare
SELECT r.source_key AS id, x.token_hash, coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.user_id), x.user_id) AS user_id,
	x.expires_at, x.ip_address, x.user_agent, x.created_at
  FROM ops.migration_row r JOIN identity.session x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
SELECT set_config('app.importing', 'on', true);
DELETE FROM identity.session s USING batch b WHERE s.id = b.target_id

-- return
SELECT ops.source_statement('DELETE', 'public.session', json_build_object('id', r.source_key)) AS statement,
	format('the session %s has ended', r.source_key) AS detail
  FROM ops.migration_row r
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer
   AND NOT EXISTS (SELECT FROM identity.session s WHERE s.id = r.target_id)
