-- Creates the organization that all users join
--
-- It is created before its users, so that a stranger who signs up in the meantime does not become the owner of the
-- installation. Its owner joins with the other members, or immediately if the owner already has an account.
-- source: auth.users

-- read
SELECT current_setting('migration.organization_slug') COLLATE "C" AS slug,
	current_setting('migration.organization_name') AS name, min(u.created_at) AS created_at
  FROM auth.users u

-- precondition
SELECT format('another organization has the slug "%s"; choose another organization_slug in the plan', o.slug)
  FROM identity.organization o
 WHERE o.slug = current_setting('migration.organization_slug')
   AND NOT EXISTS (SELECT FROM identity.imported_organization i
	WHERE i.id = o.id AND i.source_id = 'supabase ' || o.slug)

-- forward
WITH created AS (
	INSERT INTO identity.organization (id, name, slug, created_at)
	SELECT md5('supabase ' || b.slug)::uuid, b.name, b.slug, coalesce(b.created_at, 'epoch')
	  FROM batch b
	 WHERE NOT EXISTS (SELECT FROM identity.imported_organization i WHERE i.source_id = 'supabase ' || b.slug)
	RETURNING id, slug),
named AS (
	INSERT INTO identity.imported_organization (source_id, id)
	SELECT 'supabase ' || c.slug, c.id FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.slug, c.id FROM created c;
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT md5('supabase member ' || i.id || ' ' || u.id), i.id, u.id, 'owner'
  FROM batch b
  JOIN identity.imported_organization i ON i.source_id = 'supabase ' || b.slug
  JOIN identity."user" u ON u.email = lower(current_setting('migration.owner')) AND u.email_verified
	AND current_setting('migration.existing_addresses') = 'link'
 WHERE NOT EXISTS (SELECT FROM identity.organization_member m WHERE m.organization_id = i.id)

-- known
SELECT b.slug FROM batch b JOIN identity.imported_organization i ON i.source_id = 'supabase ' || b.slug
  JOIN identity.organization o ON o.id = i.id

-- compare
SELECT o.slug COLLATE "C" AS slug, o.name, o.created_at
  FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT 'the organization was not created'
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization i
	WHERE i.source_id = 'supabase ' || current_setting('migration.organization_slug'))

-- reverse
-- Modules keep records that only a purge deletes.
UPDATE identity.organization o SET purging = true FROM batch b WHERE o.id = b.target_id::uuid;
DELETE FROM identity.organization o USING batch b WHERE o.id = b.target_id::uuid

-- export
SELECT o.id, o.slug FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- return
SELECT NULL::text AS statement, format('%s rows of %s of the organization %s%s', n.rows, n.table_name, o.slug,
	CASE WHEN n.changed THEN ' were changed' ELSE '' END) AS detail
  FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid,
	LATERAL (SELECT w.table_name, w.rows, false AS changed FROM ops.organization_rows(o.id) w
		UNION ALL SELECT w.table_name, w.rows, true FROM ops.changed_settings(o.id) w) n
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer
UNION ALL
SELECT NULL, format('the organization %s is called %s now', o.slug, o.name)
  FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer AND o.name <> current_setting('migration.organization_name')
