-- Imports the application users
--
-- Columns that Tenantry does not have are stored in "metadata", as is an ID that is not a UUID.
-- source: public.users

-- read
SELECT u.id, u.email, u.email_verified, u.status, u.created_at, u.updated_at,
	to_jsonb(u) - '{id,email,email_verified,status,created_at,updated_at}'::text[]
		|| CASE WHEN u.id::text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN '{}' ELSE jsonb_build_object('source_id', u.id::text) END
		AS metadata
  FROM public.users u

-- forward
SELECT ops.enter_migrated_organization();
WITH created AS (
	INSERT INTO membership.users (org_id, id, user_id, email, email_verified, status, created_at, updated_at, metadata)
	SELECT current_setting('app.org_id')::uuid, membership.imported_user_id(b.id::text),
		a.id, b.email, b.email_verified, b.status, b.created_at, b.updated_at, b.metadata::jsonb
	  FROM batch b
	  LEFT JOIN identity.imported_user i ON i.source_id = b.metadata::jsonb->>'auth_user_id'
	  LEFT JOIN LATERAL (SELECT u.id FROM identity."user" u
		WHERE u.id = coalesce(i.user_id, b.metadata::jsonb->>'auth_user_id') OFFSET 0) a ON true
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id
  FROM batch b JOIN created c ON c.id = membership.imported_user_id(b.id::text)

-- known
SELECT x.id FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT b.id FROM (SELECT b.id, membership.imported_user_id(b.id::text) AS target
			FROM batch b OFFSET 0) b
		  JOIN membership.users u ON u.org_id = s.org AND u.id = b.target OFFSET 0) x

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key AS id, u.email, u.email_verified, u.status, u.created_at, u.updated_at, u.metadata
		  FROM (SELECT r.source_key, r.target_id::uuid AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN membership.users u ON u.org_id = s.org AND u.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization();
DELETE FROM membership.users u USING (SELECT b.target_id::uuid AS id FROM batch b OFFSET 0) b
 WHERE u.org_id = current_setting('app.org_id')::uuid AND u.id = b.id

-- return
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org, ops.migration_end() AS ended_at OFFSET 0) s,
	LATERAL (SELECT CASE WHEN u.created_at > s.ended_at
			THEN ops.source_statement('INSERT', 'public.users', json_build_object('id', u.id,
				'auth_user_id', coalesce(identity.uuid_or_null(u.user_id), md5(u.user_id)::uuid), 'email', u.email,
				'email_verified', u.email_verified, 'status', u.status, 'created_at', u.created_at, 'updated_at', u.updated_at))
			ELSE ops.source_statement('UPDATE', 'public.users', json_build_object('id', coalesce(u.metadata->>'source_id', u.id::text),
				'email', u.email, 'email_verified', u.email_verified, 'status', u.status, 'updated_at', u.updated_at)) END AS statement,
			format('the application user %s was changed after the migration', u.email) AS detail
		  FROM membership.users u
		 WHERE u.org_id = s.org AND greatest(u.created_at, u.updated_at) > s.ended_at OFFSET 0) x
