-- Imports the users with their IDs, names, pictures and bans
--
-- Deleted users and users without an email address are not imported. The checks name them. The name is "name", or
-- otherwise "full_name", "first_name" and "last_name", or the part of the address before the @. Separate first and last
-- names are kept.
-- source: auth.users
-- people: yes

-- read
SELECT u.id, lower(u.email) AS email, n.name,
	CASE WHEN n.given THEN coalesce(n.first, '') ELSE split_part(n.name, ' ', 1) END AS first_name,
	CASE WHEN n.given THEN coalesce(n.last, '')
		ELSE btrim(substr(n.name, char_length(split_part(n.name, ' ', 1)) + 1)) END AS last_name,
	u.email_confirmed_at IS NOT NULL AS email_verified,
	CASE WHEN octet_length(n.picture) <= 10000 AND n.picture !~ '[[:cntrl:]"\\]'
		AND regexp_replace(n.picture, '[[:space:]]', '', 'g') !~* '^(javascript|vbscript):'
		THEN n.picture END AS image,
	u.banned_until IS NOT NULL AS banned,
	CASE WHEN isfinite(u.banned_until) THEN u.banned_until END AS ban_expires,
	coalesce(u.created_at, u.updated_at, 'epoch') AS created_at,
	coalesce(u.updated_at, u.created_at, 'epoch') AS updated_at
  FROM auth.users u,
	LATERAL (SELECT nullif(btrim(u.raw_user_meta_data->>'name'), '') AS name,
		nullif(btrim(u.raw_user_meta_data->>'full_name'), '') AS full_name,
		nullif(btrim(u.raw_user_meta_data->>'first_name'), '') AS first,
		nullif(btrim(u.raw_user_meta_data->>'last_name'), '') AS last,
		coalesce(nullif(u.raw_user_meta_data->>'avatar_url', ''),
			nullif(u.raw_user_meta_data->>'picture', '')) AS picture) m,
	LATERAL (SELECT coalesce(m.name, m.full_name, nullif(concat_ws(' ', m.first, m.last), ''),
			split_part(u.email, '@', 1)) AS name,
		m.first IS NOT NULL AND m.last IS NOT NULL
			OR coalesce(m.name, m.full_name) IS NULL AND coalesce(m.first, m.last) IS NOT NULL AS given,
		m.first, m.last, m.picture) n
 WHERE u.deleted_at IS NULL AND u.email <> ''

-- precondition
SELECT 'the organization is missing'
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization i
	WHERE i.source_id = 'supabase ' || current_setting('migration.organization_slug'))

-- reject
SELECT b.id, format('"%s" is not an email address', left(b.email, 100)) FROM batch b
 WHERE b.email !~ '^[^@[:space:]]+@[^@[:space:]]+$' OR char_length(b.email) > 320
UNION ALL
SELECT b.id, format('the name has %s characters, at most 500 are possible', char_length(b.name)) FROM batch b
 WHERE char_length(b.name) > 500
UNION ALL
SELECT b.id, 'the time of creation or of the last change is infinite' FROM batch b
 WHERE NOT (isfinite(b.created_at) AND isfinite(b.updated_at))
UNION ALL
SELECT b.id, format('another user has the address %s', b.email)
  FROM batch b, LATERAL (SELECT u.id FROM identity."user" u WHERE u.email = b.email OFFSET 0) u
 WHERE u.id <> b.id::text
   AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
UNION ALL
SELECT d.id, format('another user has the address %s', d.email)
  FROM (SELECT b.id, b.email, row_number() OVER (PARTITION BY b.email
		ORDER BY NOT b.email_verified, b.created_at, b.id) AS n FROM batch b) d
 WHERE d.n > 1 AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = d.id::text)

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity."user" (id, email, name, first_name, last_name, email_verified, image, banned,
		ban_expires, created_at, updated_at, last_organization_id)
	SELECT b.id, b.email, b.name, b.first_name, b.last_name, b.email_verified, b.image, b.banned,
		b.ban_expires, b.created_at, b.updated_at, o.id
	  FROM batch b CROSS JOIN identity.imported_organization o
	 WHERE o.source_id = 'supabase ' || current_setting('migration.organization_slug')
	   AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
	ON CONFLICT (id) DO NOTHING
	RETURNING id, name, email, email_verified, role, banned, ban_expires, two_factor_enabled),
logged AS (
	INSERT INTO identity.event (user_id, action, data)
	SELECT c.id, 'user.created', json_build_object('name', c.name, 'email', c.email, 'email_verified', c.email_verified,
		'role', c.role, 'banned', c.banned, 'ban_reason', NULL, 'ban_expires', c.ban_expires,
		'two_factor_enabled', c.two_factor_enabled)
	  FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 CROSS JOIN LATERAL (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0) u

-- compare
SELECT r.source_key AS id, u.email, u.name, u.first_name, u.last_name, u.email_verified, u.image, u.banned,
	u.ban_expires, u.created_at, u.updated_at
  FROM ops.migration_row r JOIN identity."user" u ON u.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT format('the user %s is missing', r.target_id)
  FROM ops.migration_row r
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer
   AND NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = r.target_id)

-- reverse
-- Users are deleted with their events. The first owner of another organization remains, so that the organization does
-- not lose its owner.
SELECT set_config('app.importing', 'on', true);
DELETE FROM identity."user" u USING batch b
 WHERE u.id = b.target_id AND u.id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k);
-- This includes the events of users who were deleted after the run.
DELETE FROM identity.event e USING batch b
 WHERE e.user_id = b.target_id AND NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = b.target_id)

-- return
WITH run AS (SELECT m.id, ops.migration_end() AS ended_at FROM ops.migration m WHERE m.id = current_setting('migration.id')::bigint),
imported AS (SELECT r.target_id AS id FROM ops.migration_row r, run
	WHERE r.migration_id = run.id AND r.step = current_setting('migration.step')::integer),
newcomer AS (
	SELECT u.*, coalesce(identity.uuid_or_null(u.id), md5(u.id)::uuid) AS new_id, a.password
	  FROM identity.imported_organization o
	  JOIN identity.organization_member m ON m.organization_id = o.id
	  JOIN identity."user" u ON u.id = m.user_id
	  LEFT JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'credential'
	 WHERE o.source_id = 'supabase ' || current_setting('migration.organization_slug')
	   AND u.created_at > (SELECT run.ended_at FROM run)
	   AND u.id NOT IN (SELECT i.id FROM imported i)),
renamed AS (
	SELECT u.*, bool_or(e.data::jsonb ? 'name') AS by_name, bool_or(e.data::jsonb ? 'email') AS by_email
	  FROM run JOIN identity.event e ON e.at > run.ended_at AND e.action = 'user.updated'
	  JOIN identity."user" u ON u.id = e.user_id
	 WHERE e.data::jsonb ?| '{name,email}' AND u.id IN (SELECT i.id FROM imported i)
	 GROUP BY u.id)
SELECT format('INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, '
		'raw_app_meta_data, raw_user_meta_data, created_at, updated_at, confirmation_token, recovery_token, '
		'email_change_token_new, email_change) VALUES (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, '''', '''', '''', '''') '
		'ON CONFLICT (id) DO NOTHING',
		'00000000-0000-0000-0000-000000000000', n.new_id, 'authenticated', 'authenticated', n.email,
		CASE WHEN n.password ~ '^\$2[aby]\$' THEN n.password ELSE '' END,
		CASE WHEN n.email_verified THEN n.created_at END, '{"provider": "email", "providers": ["email"]}',
		jsonb_build_object('name', n.name, 'first_name', n.first_name, 'last_name', n.last_name,
			'avatar_url', n.image), n.created_at, n.updated_at) AS statement,
	format('%s signed up after the migration%s', n.email, CASE WHEN n.password IS NOT NULL
		THEN '; the password has a hash that Supabase does not read, so it has to be reset' ELSE '' END) AS detail
  FROM newcomer n
UNION ALL
SELECT format('INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at) '
		'VALUES (%L, %L, %L, ''email'', %L, %L) ON CONFLICT DO NOTHING', n.new_id, n.new_id,
		jsonb_build_object('sub', n.new_id, 'email', n.email, 'email_verified', n.email_verified),
		n.created_at, n.updated_at),
	format('%s signs in with the address', n.email)
  FROM newcomer n
UNION ALL
SELECT format('UPDATE auth.users SET raw_user_meta_data = coalesce(raw_user_meta_data, ''{}'') || %L, updated_at = %L '
		'WHERE id = %L', jsonb_build_object('name', r.name, 'full_name', r.name, 'first_name', r.first_name,
		'last_name', r.last_name), r.updated_at, r.id),
	format('%s changed the name to %s', r.email, r.name)
  FROM renamed r WHERE r.by_name
UNION ALL
SELECT format('UPDATE auth.users SET email = %L, email_confirmed_at = %L, updated_at = %L WHERE id = %L', r.email,
		CASE WHEN r.email_verified THEN r.updated_at END, r.updated_at, r.id),
	format('the address of %s is %s', r.id, r.email)
  FROM renamed r WHERE r.by_email
UNION ALL
SELECT NULL, format('%s stays, with the ways to sign in: the first owner of the organization %s', u.email, k.organization)
  FROM ops.kept_users(10) k JOIN identity."user" u ON u.id = k.user_id
 WHERE k.user_id IN (SELECT i.id FROM imported i)
