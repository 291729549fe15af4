-- Fetches the files in the "attachments" bucket to which rows refer
--
-- The rows have already been imported, with the addresses of the source, so an unavailable file does not change its
-- row. The key is the path in the bucket. The references in rows are stored with the name of the file, for a rollback.
-- source: public.contact_notes public.deal_notes public.companies public.contacts public.sales public.configuration? storage.objects?
-- carried: uses title type size address

-- read
SELECT u.path COLLATE "C" AS path, jsonb_agg(DISTINCT jsonb_build_object('table', u.name, 'id', u.id)) AS uses,
	coalesce(min(u.title), regexp_replace(u.path, '^.*/', '')) AS title, min(u.type) AS type,
	CASE WHEN o.metadata->>'size' ~ '^[0-9]{1,15}$' THEN (o.metadata->>'size')::bigint END AS size, min(u.src) AS address
  FROM (SELECT x.*, substring(x.src FROM '^https?://[^" \\]*/storage/v1/object/(?:public|sign|authenticated)/attachments/([^?#" \\]+)') AS path FROM (
	SELECT 'contact_notes' AS name, n.id + o.n AS id, a->>'src' AS src, a->>'title' AS title, a->>'type' AS type
	  FROM public.contact_notes n, unnest(n.attachments) a, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
	UNION ALL SELECT 'deal_notes', n.id + o.n, a->>'src', a->>'title', a->>'type'
	  FROM public.deal_notes n, unnest(n.attachments) a, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
	UNION ALL SELECT 'companies', c.id + o.n, coalesce(c.logo->>'src', c.logo #>> '{}'), c.logo->>'title', c.logo->>'type' FROM public.companies c, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
	UNION ALL SELECT 'contacts', c.id + o.n, coalesce(c.avatar->>'src', c.avatar #>> '{}'), c.avatar->>'title', c.avatar->>'type' FROM public.contacts c, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
	UNION ALL SELECT 'sales', s.id + o.n, coalesce(s.avatar->>'src', s.avatar #>> '{}'), s.avatar->>'title', s.avatar->>'type' FROM public.sales s, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
	UNION ALL SELECT 'configuration', c.id, m.value #>> '{}', NULL, NULL
	  FROM public.configuration c, jsonb_each(CASE jsonb_typeof(c.config) WHEN 'object' THEN c.config ELSE '{}' END) m WHERE jsonb_typeof(m.value) = 'string') x) u
  LEFT JOIN storage.objects o ON o.bucket_id = 'attachments' AND o.name = u.path
 WHERE u.path IS NOT NULL
 GROUP BY u.path, o.metadata->>'size'

-- fetch
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT b.path, rtrim(current_setting('migration.files'), '/') || '/' || b.path, b.title, b.type, b.size, s.org
		  FROM batch b WHERE ops.has_migrated_use(s.org, b.uses) OFFSET 0) x

-- reject
SELECT m.key, m.reason FROM missing m
UNION ALL
SELECT b.path, 'the rows that refer to it were left out' FROM batch b
 WHERE b.path NOT IN (SELECT f.key FROM fetched f UNION ALL SELECT m.key FROM missing m)

-- forward
SELECT ops.enter_migrated_organization('restoring');
INSERT INTO ops.file (name, org_id, type, title, size, place)
SELECT f.name, current_setting('app.org_id')::uuid, f.type, f.title, f.size, f.place FROM fetched f JOIN batch b ON b.path = f.key
ON CONFLICT (name) DO UPDATE SET remove_at = NULL, removing = false;
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.path, f.name || ' ' || b.address FROM batch b JOIN fetched f ON f.key = b.path
 WHERE ops.use_migrated_file(b.path, f.name, b.uses)

-- known
SELECT b.path FROM batch b JOIN fetched f ON f.key = b.path JOIN ops.file x ON x.name = f.name

-- compare
SELECT r.source_key COLLATE "C" AS path
  FROM ops.migration_row r JOIN ops.file f ON f.name = split_part(r.target_id, ' ', 1) AND NOT f.removing
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT format('no row refers to %s', r.source_key)
  FROM ops.migration_row r
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer
   AND NOT EXISTS (SELECT FROM ops.file_use u WHERE u.name = split_part(r.target_id, ' ', 1))

-- reverse
SELECT ops.enter_migrated_organization('restoring');
SELECT ops.replace_file(u.table_name, u.row_id, '/uploads/' || u.name, u.name, split_part(b.target_id, ' ', 2), b.source_key)
  FROM batch b JOIN ops.file_use u ON u.name = split_part(b.target_id, ' ', 1);
DELETE FROM ops.file f USING batch b WHERE f.name = split_part(b.target_id, ' ', 1)

-- return
SELECT NULL::text AS statement, format('the file %s (%s) was uploaded after the migration', f.title, f.name) AS detail
  FROM ops.file f WHERE f.org_id = ops.migrated_organization() AND f.created_at > ops.migration_end() AND NOT f.removing
