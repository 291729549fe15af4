-- Creates users for the administrators who have no account
--
-- They set a password with "forgot password", which also verifies the address. Hashes of the content system are not
-- supported.
-- source: auth.users public.admin
-- carried: created_at updated_at
-- people: yes

-- read
SELECT md5('supabase admin ' || a.id)::uuid AS id, lower(a.email) AS email, a.created_at::timestamptz AS created_at,
	a.updated_at::timestamptz AS updated_at
  FROM public.admin a
 WHERE a.email <> '' AND NOT EXISTS (SELECT FROM auth.users u WHERE lower(u.email) = lower(a.email) AND u.deleted_at IS NULL)

-- reject
SELECT b.id, format('"%s" is not an email address', left(b.email, 100)) FROM batch b
 WHERE b.email !~ '^[^@[:space:]]+@[^@[:space:]]+$' OR char_length(b.email) > 320
UNION ALL
SELECT b.id, format('another user has the address %s', b.email)
  FROM batch b, LATERAL (SELECT u.id FROM identity."user" u WHERE u.email = b.email
	AND NOT (u.email_verified AND current_setting('migration.existing_addresses') = 'link') OFFSET 0) u
 WHERE u.id <> b.id::text

-- forward
SELECT set_config('app.importing', 'on', true);
WITH linked AS (
	INSERT INTO identity.imported_user (source_id, user_id)
	SELECT b.id::text, u.id FROM batch b, LATERAL (SELECT u.id FROM identity."user" u WHERE u.email = b.email OFFSET 0) u
	 WHERE u.id <> b.id::text
	ON CONFLICT DO NOTHING
	RETURNING source_id),
created AS (
	INSERT INTO identity."user" (id, email, name, first_name, last_name, created_at, updated_at, last_organization_id)
	SELECT b.id, b.email, n.name, n.name, '', b.created_at, b.updated_at, ops.migrated_organization()
	  FROM batch b, LATERAL (SELECT left(split_part(b.email, '@', 1), 500) AS name) n
	 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.email = b.email)
	ON CONFLICT (id) DO NOTHING
	RETURNING id, name, email, email_verified, role, banned, ban_expires, two_factor_enabled),
logged AS (
	INSERT INTO identity.event (user_id, action, data)
	SELECT c.id, 'user.created', json_build_object('name', c.name, 'email', c.email, 'email_verified', c.email_verified,
		'role', c.role, 'banned', c.banned, 'ban_reason', NULL, 'ban_expires', c.ban_expires,
		'two_factor_enabled', c.two_factor_enabled)
	  FROM created c)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT c.id, c.id FROM created c UNION ALL SELECT l.source_id, l.source_id FROM linked l

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 CROSS JOIN LATERAL (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0) u

-- compare
SELECT r.source_key AS id, u.email
  FROM ops.migration_row r LEFT JOIN identity.imported_user i ON i.source_id = r.source_key
  JOIN identity."user" u ON u.id = coalesce(i.user_id, r.target_id)
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
-- Users are deleted with their events. The first owner of another organization remains, so that the organization does
-- not lose its owner.
SELECT set_config('app.importing', 'on', true);
DELETE FROM identity.imported_user i USING batch b WHERE i.source_id = b.source_key;
DELETE FROM identity."user" u USING batch b
 WHERE u.id = b.target_id AND u.id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k);
-- This includes the events of users who were deleted after the run.
DELETE FROM identity.event e USING batch b
 WHERE e.user_id = b.target_id AND NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = b.target_id)
