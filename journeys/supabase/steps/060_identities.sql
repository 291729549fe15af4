-- Imports the accounts at other providers
--
-- The accounts keep the subject and the issuer of the provider, so that users sign in without linking the account
-- again. Identities by email address or phone are part of the users. SAML identities are reported.
-- source: auth.identities auth.users

-- read
SELECT i.id, i.user_id::text AS user_id, i.provider, i.provider_id AS subject,
	CASE WHEN i.provider = 'google' THEN 'https://accounts.google.com'
		ELSE nullif(i.identity_data->>'iss', '') END AS issuer,
	coalesce(i.created_at, i.updated_at, 'epoch') AS created_at,
	coalesce(i.updated_at, i.created_at, 'epoch') AS updated_at
  FROM auth.identities i
 WHERE i.provider NOT IN ('email', 'phone') AND i.provider NOT LIKE 'sso:%'
   -- Identities of deleted users are not imported, like the users.
   AND NOT EXISTS (SELECT FROM auth.users u
	WHERE u.id = i.user_id AND (u.deleted_at IS NOT NULL OR coalesce(u.email, '') = ''))

-- reject
SELECT b.id, 'it has no subject of the provider' FROM batch b WHERE coalesce(b.subject, '') = ''
UNION ALL
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
UNION ALL
SELECT b.id, format('another user has the account %s of %s', b.subject, b.provider)
  FROM batch b
 CROSS JOIN LATERAL (SELECT a.user_id FROM identity.account a
	WHERE a.provider_id = b.provider AND a.account_id = b.subject OFFSET 0) a
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE a.user_id <> coalesce(i.user_id, b.user_id)

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity.account (id, account_id, provider_id, issuer, user_id, created_at, updated_at)
	SELECT b.id, b.subject, b.provider, b.issuer, coalesce(i.user_id, b.user_id), b.created_at, b.updated_at
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT (provider_id, account_id) DO NOTHING
	RETURNING id, user_id, provider_id, account_id),
logged AS (
	INSERT INTO identity.event (user_id, action, data)
	SELECT c.user_id, 'account.linked', json_build_object('provider', c.provider_id, 'account', left(c.account_id, 500))
	  FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 CROSS JOIN LATERAL (SELECT FROM identity.account a WHERE a.provider_id = b.provider AND a.account_id = b.subject
	AND a.user_id = coalesce(i.user_id, b.user_id) OFFSET 0) a

-- compare
SELECT r.source_key AS id,
	coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = a.user_id), a.user_id) AS user_id,
	a.provider_id AS provider, a.account_id AS subject, a.issuer, a.created_at, a.updated_at
  FROM ops.migration_row r JOIN identity.account a ON a.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
SELECT set_config('app.importing', 'on', true);
WITH gone AS (
	DELETE FROM identity.account a USING batch b
	 WHERE a.id = b.target_id AND a.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)
	RETURNING a.user_id, a.provider_id, a.account_id)
DELETE FROM identity.event e USING gone g
 WHERE e.user_id = g.user_id AND e.action = 'account.linked'
   AND e.data->>'provider' = g.provider_id AND e.data->>'account' = left(g.account_id, 500)
   AND e.at BETWEEN (SELECT m.started_at FROM ops.migration m WHERE m.id = current_setting('migration.id')::bigint)
	AND ops.migration_end()

-- return
SELECT format('INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at) '
		'VALUES (%L, %L, %L, %L, %L, %L) ON CONFLICT DO NOTHING', a.account_id,
		coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = u.id),
			identity.uuid_or_null(u.id)::text, md5(u.id)::uuid::text),
		jsonb_strip_nulls(jsonb_build_object('sub', a.account_id, 'iss', a.issuer, 'email', u.email, 'name', u.name)),
		a.provider_id, a.created_at, a.updated_at) AS statement,
	format('%s linked an account of %s', u.email, a.provider_id) AS detail
  FROM ops.migration g
  JOIN identity.imported_organization o
	ON o.source_id = 'supabase ' || current_setting('migration.organization_slug')
  JOIN identity.organization_member m ON m.organization_id = o.id
  JOIN identity.account a ON a.user_id = m.user_id AND a.provider_id <> 'credential' AND a.created_at > ops.migration_end()
  JOIN identity."user" u ON u.id = a.user_id
 WHERE g.id = current_setting('migration.id')::bigint
