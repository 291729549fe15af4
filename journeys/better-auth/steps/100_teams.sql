-- Imports the teams
-- source: public.team public.organization

-- read
SELECT t.id COLLATE "C" AS id, t.organization_id, t.name, coalesce(t.created_at, 'epoch') AS created_at,
	coalesce(t.updated_at, t.created_at, 'epoch') AS updated_at
  FROM public.team t

-- reject
SELECT b.id, 'its organization was left out' FROM batch b
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization o WHERE o.source_id = b.organization_id)
    OR ops.migration_rejected('010_organizations', b.organization_id)

-- forward
WITH created AS (
	INSERT INTO identity.team (id, organization_id, name, created_at, updated_at)
	SELECT b.id, o.id, b.name, b.created_at, b.updated_at
	  FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
	ON CONFLICT (id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
  JOIN identity.team t ON t.id = b.id AND t.organization_id = o.id

-- compare
SELECT r.source_key AS id, (SELECT min(o.source_id) FROM identity.imported_organization o WHERE o.id = x.organization_id) AS organization_id,
	x.name, x.created_at, x.updated_at
  FROM ops.migration_row r JOIN identity.team x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.team t USING batch b WHERE t.id = b.target_id
