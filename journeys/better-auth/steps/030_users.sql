-- Imports the users with their IDs, names, pictures, roles and bans
--
-- Users without an email address are not imported. A check names them. An existing user with the same ID is the same
-- person only if the address and the creation time are the same, because two projects can have the same IDs.
-- source: public."user"
-- people: yes

-- read
SELECT u.id COLLATE "C" AS id, lower(u.email) AS email, n.name, split_part(n.name, ' ', 1) AS first_name,
	btrim(substr(n.name, char_length(split_part(n.name, ' ', 1)) + 1)) AS last_name, coalesce(u.email_verified, false) AS email_verified,
	CASE WHEN octet_length(u.image) <= 10000 AND u.image !~ '[[:cntrl:]"\\]'
		AND regexp_replace(u.image, '[[:space:]]', '', 'g') !~* '^(javascript|vbscript):' THEN u.image END AS image,
	CASE WHEN current_setting('migration.operators') = 'keep' AND 'admin' = ANY (string_to_array(replace(u.role, ' ', ''), ','))
		THEN 'admin' ELSE 'user' END AS role,
	coalesce(u.banned, false) AS banned, CASE WHEN u.banned THEN u.ban_reason END AS ban_reason,
	CASE WHEN u.banned AND isfinite(u.ban_expires) THEN u.ban_expires END AS ban_expires,
	coalesce(u.created_at, u.updated_at, 'epoch') AS created_at, coalesce(u.updated_at, u.created_at, 'epoch') AS updated_at
  FROM public."user" u,
	LATERAL (SELECT coalesce(nullif(btrim(u.name), ''), split_part(u.email, '@', 1)) AS name) n
 WHERE u.email <> ''

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
 WHERE u.id <> b.id AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id)
UNION ALL
SELECT d.id, format('another user has the address %s', d.email)
  FROM (SELECT b.id, b.email, row_number() OVER (PARTITION BY b.email ORDER BY NOT b.email_verified, b.created_at, b.id) AS n FROM batch b) d
 WHERE d.n > 1 AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = d.id)
UNION ALL
SELECT b.id, format('a user here has this ID, and another address or time of creation%s',
	CASE WHEN i.source_id IS NOT NULL THEN ', or this address is not verified' END)
  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id
 CROSS JOIN LATERAL (SELECT u.email, u.created_at FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id) OFFSET 0) u
 WHERE u.email <> b.email OR CASE WHEN i.source_id IS NOT NULL THEN NOT b.email_verified
	ELSE date_trunc('milliseconds', u.created_at) <> date_trunc('milliseconds', b.created_at) END

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity."user" (id, email, name, first_name, last_name, email_verified, image, role, banned, ban_reason, ban_expires,
		created_at, updated_at)
	SELECT b.id, b.email, b.name, b.first_name, b.last_name, b.email_verified, b.image, b.role, b.banned, b.ban_reason, b.ban_expires,
		b.created_at, b.updated_at
	  FROM batch b WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id)
	ON CONFLICT (id) DO NOTHING
	RETURNING id, name, email, email_verified, role, banned, ban_reason, ban_expires, two_factor_enabled),
logged AS (
	INSERT INTO identity.event (user_id, action, data)
	SELECT c.id, 'user.created', json_build_object('name', c.name, 'email', c.email, 'email_verified', c.email_verified,
		'role', c.role, 'banned', c.banned, 'ban_reason', c.ban_reason, 'ban_expires', c.ban_expires,
		'two_factor_enabled', c.two_factor_enabled)
	  FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id
 CROSS JOIN LATERAL (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id) OFFSET 0) u

-- compare
SELECT r.source_key AS id, u.email, u.name, u.first_name, u.last_name, u.email_verified, u.image, u.role, u.banned, u.ban_reason,
	u.ban_expires, u.created_at, u.updated_at
  FROM ops.migration_row r JOIN identity."user" u ON u.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

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
WITH imported AS (
	SELECT r.target_id AS id FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint
	   AND r.step = current_setting('migration.step')::integer),
newcomer AS (
	SELECT u.* FROM identity."user" u WHERE u.id IN (SELECT ops.returned_newcomers())),
changed AS (
	SELECT u.*, bool_or(e.data::jsonb ? 'role') AS by_role
	  FROM identity."user" u JOIN identity.event e ON e.user_id = u.id AND e.at > ops.migration_end() AND e.action = 'user.updated'
	 WHERE u.id IN (SELECT i.id FROM imported i)
	   AND e.data::jsonb ?| '{name,email,email_verified,role,banned,ban_reason,ban_expires}'
	 GROUP BY u.id)
SELECT ops.source_statement('INSERT', 'public."user"', json_build_object('id', n.id, 'name', n.name, 'email', n.email,
		'email_verified', n.email_verified, 'image', n.image, 'role', n.role, 'banned', n.banned, 'created_at', n.created_at,
		'updated_at', n.updated_at)) AS statement,
	format('%s signed up after the migration', n.email) AS detail
  FROM newcomer n
UNION ALL
SELECT ops.source_statement('INSERT', 'public.account', json_build_object('id', a.id, 'account_id', a.account_id,
		'provider_id', a.provider_id, 'user_id', n.id, 'issuer', a.issuer, 'scope', a.scope, 'password', a.password,
		'created_at', a.created_at, 'updated_at', a.updated_at)),
	format('%s has an account of %s', n.email, a.provider_id)
  FROM newcomer n JOIN identity.account a ON a.user_id = n.id
UNION ALL
SELECT ops.source_statement('UPDATE', 'public."user"', (jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email,
		'email_verified', c.email_verified, 'image', c.image, 'banned', c.banned, 'ban_reason', c.ban_reason,
		'ban_expires', c.ban_expires, 'updated_at', c.updated_at)
		-- The source may have roles that Tenantry does not have.
		|| CASE WHEN c.by_role THEN jsonb_build_object('role', c.role) ELSE '{}' END)::json),
	format('%s was changed after the migration', c.email)
  FROM changed c
UNION ALL
SELECT NULL, format('the user %s was deleted here, but not in the source', i.id)
  FROM imported i WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = i.id)
UNION ALL
SELECT NULL, format('%s stays, with the ways to sign in: the first owner of the organization %s', u.email, k.organization)
  FROM ops.kept_users(10) k JOIN identity."user" u ON u.id = k.user_id
 WHERE k.user_id IN (SELECT i.id FROM imported i)
