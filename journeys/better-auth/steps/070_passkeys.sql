-- Imports passkeys
--
-- They remain valid if they were created for the host of BETTER_AUTH_URL, or for TENANTRY_RP_ID. The source does not
-- record whether the user was verified, so a passkey does not count as a second factor.
-- source: public.passkey public."user"
-- carried: user_read

-- read
SELECT p.id COLLATE "C" AS id, p.user_id, nullif(btrim(p.name), '') AS name, p.credential_id, p.public_key, p.counter, p.device_type,
	coalesce(p.backed_up, false) AS backed_up, p.transports, p.aaguid, coalesce(p.created_at, 'epoch') AS created_at,
	EXISTS (SELECT FROM public."user" w WHERE w.id = p.user_id AND w.email <> '') AS user_read
  FROM public.passkey p

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'another user has this passkey' FROM batch b JOIN identity.passkey p ON p.credential_id = b.credential_id
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE p.user_id <> coalesce(i.user_id, b.user_id)

-- forward
WITH created AS (
	INSERT INTO identity.passkey (id, user_id, name, credential_id, public_key, counter, device_type, backed_up, transports, aaguid, created_at)
	SELECT b.id, coalesce(i.user_id, b.user_id), b.name, b.credential_id, b.public_key, b.counter, b.device_type, b.backed_up, b.transports,
		b.aaguid, b.created_at
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 CROSS JOIN LATERAL (SELECT FROM identity.passkey p WHERE p.credential_id = b.credential_id
	AND p.user_id = coalesce(i.user_id, b.user_id) OFFSET 0) p

-- compare
SELECT r.source_key AS id, coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.user_id), x.user_id) AS user_id,
	x.name, x.credential_id, x.public_key, x.counter, x.device_type, x.backed_up, x.transports, x.aaguid, x.created_at
  FROM ops.migration_row r JOIN identity.passkey x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.passkey p USING batch b
 WHERE p.id = b.target_id AND p.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)

-- return
SELECT ops.source_statement('INSERT', 'public.passkey', json_build_object('id', p.id, 'user_id', ops.source_user(p.user_id), 'name', p.name,
		'credential_id', p.credential_id, 'public_key', p.public_key, 'counter', p.counter, 'device_type', p.device_type,
		'backed_up', p.backed_up, 'transports', p.transports, 'aaguid', p.aaguid, 'created_at', p.created_at)) AS statement,
	format('%s created a passkey', u.email) AS detail
  FROM identity.passkey p JOIN identity."user" u ON u.id = p.user_id
 WHERE p.created_at > ops.migration_end()
   AND (EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint AND r.target_id = u.id)
    OR u.id IN (SELECT ops.returned_newcomers()))
