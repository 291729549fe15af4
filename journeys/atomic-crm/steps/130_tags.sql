-- Imports the tags
--
-- If the names of several tags differ only in case, the oldest tag is imported, and contacts with the other tags get
-- this tag. A tag without a name or a color gets a default.
-- source: public.tags

-- read
SELECT t.id, t.id + o.n AS new_id, n.name, left(coalesce(nullif(t.color, ''), '#eddcd2'), 50) AS color
  FROM public.tags t, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o,
	LATERAL (SELECT left(coalesce(nullif(btrim(t.name), ''), 'Tag ' || t.id), 500) AS name) n
 WHERE NOT EXISTS (SELECT FROM public.tags e WHERE lower(btrim(e.name)) = lower(btrim(t.name)) AND e.id < t.id AND btrim(t.name) <> '')

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.tags (org_id, id, name, color)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.name, b.color
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.tags t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.name, t.color
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.tags t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.tags t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('tags', 'public.tags',
	'{name,color}')
