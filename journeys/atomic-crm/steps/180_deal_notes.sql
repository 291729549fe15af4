-- Imports the notes on deals
-- source: public.deal_notes public.deals public.sales
-- carried: attachments

-- read
SELECT n.id, n.id + o.n AS new_id, n.deal_id + o.n AS deal_id, n.type, n.text, n.date, s.id + o.n AS sales_id, n.attachments,
	regexp_replace(regexp_replace(to_jsonb(n.attachments)::text,
		'"https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*"', '"*"', 'g'),
		'"path": "[^"\\]*"', '"path": "*"', 'g') AS files
  FROM public.deal_notes n CROSS JOIN (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
  LEFT JOIN public.sales s ON s.id = n.sales_id

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'it has no deal' WHERE b.deal_id IS NULL
		UNION ALL SELECT b.id, 'its deal is missing, or was left out' WHERE b.deal_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.deals p WHERE p.org_id = s.org AND p.id = b.deal_id)
		UNION ALL SELECT b.id, 'an attachment is not an object' WHERE EXISTS (SELECT FROM unnest(b.attachments) a WHERE jsonb_typeof(a) <> 'object')
		UNION ALL SELECT b.id, format('"%s" is not one of the values of noteTypes', b.type) WHERE NOT ops.is_migrated_choice(s.org, 'noteTypes', b.type::text)
		UNION ALL SELECT b.id, 'its user is missing, or was left out' WHERE b.sales_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.sales p WHERE p.org_id = s.org AND p.id = b.sales_id) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.deal_notes (org_id, id, deal_id, type, text, date, sales_id, attachments)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.deal_id, b.type, b.text, b.date, b.sales_id, b.attachments
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.deal_notes t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.deal_id, t.type, t.text, t.date, t.sales_id,
			ops.without_file_names(to_jsonb(t.attachments)::text) AS files
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.deal_notes t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.deal_notes t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('deal_notes', CASE WHEN ops.migration_misses('deal_notes') THEN 'public."dealNotes"' ELSE 'public.deal_notes' END,
	'{deal_id,type,text,date,sales_id,attachments}')
