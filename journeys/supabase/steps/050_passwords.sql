-- Imports bcrypt password hashes
--
-- The next sign-in replaces the hash with a scrypt hash. A user with a different hash gets an account without a
-- password, and sets one with "forgot password". A linked user keeps the password in Tenantry.
-- source: auth.users
-- secret: password

-- read
SELECT u.id, CASE WHEN u.encrypted_password ~ '^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$' THEN u.encrypted_password END AS password,
	coalesce(u.created_at, u.updated_at, 'epoch') AS created_at,
	coalesce(u.updated_at, u.created_at, 'epoch') AS updated_at
  FROM auth.users u
 WHERE u.deleted_at IS NULL AND u.email <> '' AND u.encrypted_password <> ''

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0)

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password, created_at, updated_at)
	SELECT md5('supabase password ' || b.id), b.id, 'credential', b.id, b.password, b.created_at, b.updated_at
	  FROM batch b
	 WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
	ON CONFLICT (provider_id, account_id) DO NOTHING
	RETURNING id, user_id),
logged AS (
	INSERT INTO identity.event (user_id, action) SELECT c.user_id, 'password.set' FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.user_id, c.id FROM created c

-- known
-- Passwords of linked users, and of users imported before.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
    OR EXISTS (SELECT FROM identity.account a
	WHERE a.provider_id = 'credential' AND a.account_id = b.id::text AND a.user_id = b.id::text OFFSET 0)

-- compare
SELECT r.source_key AS id, a.password, a.created_at, a.updated_at
  FROM ops.migration_row r JOIN identity.account a ON a.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
SELECT set_config('app.importing', 'on', true);
DELETE FROM identity.account a USING batch b
 WHERE a.id = b.target_id AND a.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)

-- return
-- A new hash of the same password requires no action, because the source still has the old hash.
SELECT NULL::text AS statement,
	format('%s has a new password; Supabase does not read its hash, so it has to be reset there', u.email) AS detail
  FROM ops.migration g
  JOIN identity.event e ON e.at > ops.migration_end() AND e.action IN ('password.changed', 'password.reset', 'password.set')
  JOIN identity."user" u ON u.id = e.user_id
  JOIN identity.imported_organization o
	ON o.source_id = 'supabase ' || current_setting('migration.organization_slug')
  JOIN identity.organization_member m ON m.organization_id = o.id AND m.user_id = u.id
 WHERE g.id = current_setting('migration.id')::bigint
   AND u.created_at <= ops.migration_end()
 GROUP BY u.id
