-- Records the :each, whose clients must sign in again
-- each: sessions refresh_tokens
--
-- Tokens of Supabase are not valid in Tenantry. For a year, the first response to such a token states that the
-- migration has ended the session. Replaced refresh tokens are also recorded, because a client may have been offline.
-- source: auth.:each
-- purged: used_at <= now() - interval '8736 hours'

-- read
SELECT s.id, sha256(convert_to(r.secret, 'UTF8')) AS token_hash, s.user_id::text AS user_id,
	coalesce((r.data->>'refreshed_at')::timestamp AT TIME ZONE 'UTC', s.updated_at, s.created_at, 'epoch') AS used_at
  FROM auth.:each s,
	LATERAL (SELECT to_jsonb(s) AS data OFFSET 0) j,
	LATERAL (SELECT j.data, CASE ':each' WHEN 'sessions' THEN j.data->>'id' ELSE j.data->>'token' END AS secret OFFSET 0) r
 WHERE r.secret <> ''

-- forward
WITH created AS (
	INSERT INTO identity.migrated_session (token_hash, user_id, expires_at)
	SELECT b.token_hash, coalesce(i.user_id, b.user_id), b.used_at + interval '8760 hours'
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT (token_hash) DO NOTHING
	RETURNING token_hash)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, encode(c.token_hash, 'hex') FROM created c JOIN batch b ON b.token_hash = c.token_hash

-- known
SELECT b.id FROM batch b CROSS JOIN LATERAL (SELECT FROM identity.migrated_session s WHERE s.token_hash = b.token_hash OFFSET 0) s

-- compare
SELECT r.source_key AS id, s.token_hash,
	coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = s.user_id), s.user_id) AS user_id,
	s.expires_at - interval '8760 hours' AS used_at
  FROM ops.migration_row r JOIN identity.migrated_session s ON s.token_hash = decode(r.target_id, 'hex')
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.migrated_session s USING batch b WHERE s.token_hash = decode(b.target_id, 'hex')
