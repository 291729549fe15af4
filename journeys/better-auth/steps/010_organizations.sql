-- Imports the organizations, or creates one for all users if there are none
--
-- An ID that is not a UUID becomes one. An existing organization with the same ID is the same organization only if it
-- has the same creation time, because two projects can have the same IDs. Organizations are created before their users,
-- so that a stranger who signs up in the meantime does not become the owner of the installation.
-- source: public."user" public.organization?

-- read
SELECT o.id COLLATE "C" AS id, o.name, o.slug, o.logo, o.metadata, coalesce(o.created_at, 'epoch') AS created_at
  FROM public.organization o
UNION ALL
SELECT ('better-auth ' || current_setting('migration.organization_slug')) COLLATE "C", current_setting('migration.organization_name'), current_setting('migration.organization_slug'), NULL, NULL,
	coalesce((SELECT min(u.created_at) FROM public."user" u), 'epoch')
 WHERE NOT EXISTS (SELECT FROM public.organization o)

-- reject
SELECT b.id, 'it has no name or no slug, or they have more than 500 characters' FROM batch b
 WHERE coalesce(char_length(b.name), 0) NOT BETWEEN 1 AND 500 OR coalesce(char_length(b.slug), 0) NOT BETWEEN 1 AND 500
UNION ALL
SELECT b.id, format('an organization here has the slug "%s"', b.slug) FROM batch b JOIN identity.organization o ON o.slug = b.slug
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization i WHERE i.source_id = b.id)
UNION ALL
SELECT b.id, format('the organization %s here has this ID, and another time of creation', o.slug)
  FROM batch b JOIN identity.imported_organization i ON i.source_id = b.id JOIN identity.organization o ON o.id = i.id
 WHERE date_trunc('milliseconds', o.created_at) <> date_trunc('milliseconds', b.created_at)

-- forward
WITH created AS (
	INSERT INTO identity.organization (id, name, slug, logo, metadata, created_at)
	SELECT coalesce(identity.uuid_or_null(b.id), md5('better-auth ' || b.id)::uuid), b.name, b.slug, b.logo, b.metadata, b.created_at
	  FROM batch b
	 WHERE NOT EXISTS (SELECT FROM identity.imported_organization i WHERE i.source_id = b.id)
	RETURNING id),
named AS (
	INSERT INTO identity.imported_organization (source_id, id)
	SELECT b.id, c.id FROM batch b JOIN created c ON c.id = coalesce(identity.uuid_or_null(b.id), md5('better-auth ' || b.id)::uuid)
	RETURNING source_id, id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT n.source_id, n.id FROM named n

-- known
SELECT b.id FROM batch b JOIN identity.imported_organization i ON i.source_id = b.id JOIN identity.organization o ON o.id = i.id

-- compare
SELECT r.source_key AS id, o.name, o.slug, o.logo, o.metadata, o.created_at
  FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
-- Modules keep records that only a purge deletes.
UPDATE identity.organization o SET purging = true FROM batch b WHERE o.id = b.target_id::uuid;
DELETE FROM identity.organization o USING batch b WHERE o.id = b.target_id::uuid

-- export
SELECT o.id, o.slug FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- return
WITH mine AS MATERIALIZED (
	SELECT o.*, r.source_key FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
	 WHERE r.migration_id = current_setting('migration.id')::bigint
	   AND r.step = current_setting('migration.step')::integer)
SELECT NULL::text AS statement, format('%s rows of %s of the organization %s%s', n.rows, n.table_name, o.slug,
	CASE WHEN n.changed THEN ' were changed' ELSE '' END) AS detail
  FROM mine o, LATERAL (SELECT w.table_name, w.rows, false AS changed FROM ops.organization_rows(o.id) w
		UNION ALL SELECT w.table_name, w.rows, true FROM ops.changed_settings(o.id) w) n
UNION ALL
SELECT CASE WHEN o.source_key NOT LIKE 'better-auth %' THEN ops.source_statement('UPDATE', 'public.organization', json_build_object('id', o.source_key,
		'name', o.name, 'slug', o.slug, 'logo', o.logo, 'metadata', o.metadata)) END,
	format('the organization %s is called %s now', o.slug, o.name)
  FROM mine o, LATERAL ops.rows_changed(o.id, 'organization')
UNION ALL
SELECT ops.source_statement('INSERT', 'public.organization', json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'logo', o.logo,
		'metadata', o.metadata, 'created_at', o.created_at)),
	format('the organization %s was created after the migration', o.slug)
  FROM ops.returned_organizations() n JOIN identity.organization o ON o.id = n.id WHERE n.created
