-- Creates missing application users, with the status Pending
--
-- If the plan says so, these are created for accounts whose sign-up never reached the application.
-- source: auth.users public.users

-- read
SELECT u.id, lower(u.email) AS email, u.email_confirmed_at IS NOT NULL AS email_verified, 'Pending' AS status,
	coalesce(u.created_at, u.updated_at, 'epoch') AS created_at,
	coalesce(u.updated_at, u.created_at, 'epoch') AS updated_at
  FROM auth.users u
 WHERE current_setting('migration.users_without_application_user') = 'pending'
   AND u.deleted_at IS NULL AND u.email <> ''
   AND NOT EXISTS (SELECT FROM public.users a WHERE a.auth_user_id = u.id::text)

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0)

-- forward
SELECT ops.enter_migrated_organization();
WITH created AS (
	INSERT INTO membership.users (org_id, id, user_id, email, email_verified, status, created_at, updated_at)
	SELECT current_setting('app.org_id')::uuid, md5('supabase application user ' || b.id)::uuid,
		coalesce(i.user_id, b.id::text), b.email, b.email_verified, b.status, b.created_at, b.updated_at
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = md5('supabase application user ' || b.id)::uuid

-- known
SELECT x.id FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT b.id FROM (SELECT b.id, md5('supabase application user ' || b.id)::uuid AS target,
			coalesce(i.user_id, b.id::text) AS user_id
			FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id::text OFFSET 0) b
		 WHERE EXISTS (SELECT FROM membership.users u WHERE u.org_id = s.org AND u.id = b.target)
		    OR EXISTS (SELECT FROM membership.users u WHERE u.org_id = s.org AND u.user_id = b.user_id) OFFSET 0) x

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key AS id, u.email, u.email_verified, u.status, u.created_at, u.updated_at
		  FROM (SELECT r.source_key, r.target_id::uuid AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN membership.users u ON u.org_id = s.org AND u.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization();
DELETE FROM membership.users u USING (SELECT b.target_id::uuid AS id FROM batch b OFFSET 0) b
 WHERE u.org_id = current_setting('app.org_id')::uuid AND u.id = b.id
