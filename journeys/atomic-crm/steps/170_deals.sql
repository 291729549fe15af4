-- Imports the deals
-- source: public.deals public.companies public.contacts public.sales

-- read
SELECT d.id, d.id + o.n AS new_id, d.name,
	CASE current_setting('migration.unknown_companies') WHEN 'clear' THEN k.id ELSE d.company_id END + o.n AS company_id,
	ARRAY(SELECT x.id + o.n FROM unnest(d.contact_ids) WITH ORDINALITY x (id, n) JOIN public.contacts c ON c.id = x.id ORDER BY x.n) AS contact_ids,
	d.category, d.stage, d.description, coalesce(d.amount, 0) AS amount, d.created_at, d.updated_at, d.archived_at,
	left(to_jsonb(d)->>'expected_closing_date', 10)::date AS expected_closing_date, s.id + o.n AS sales_id, d.index
  FROM public.deals d CROSS JOIN (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
  LEFT JOIN public.companies k ON k.id = d.company_id
  LEFT JOIN public.sales s ON s.id = d.sales_id

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'the name is empty, or has more than 500 characters' WHERE coalesce(b.name, '') = '' OR char_length(b.name) > 500
		UNION ALL SELECT b.id, 'it has no stage' WHERE coalesce(b.stage, '') = ''
		UNION ALL SELECT b.id, format('"%s" is not one of the values of dealStages', b.stage) WHERE NOT ops.is_migrated_choice(s.org, 'dealStages', b.stage::text)
		UNION ALL SELECT b.id, format('"%s" is not one of the values of dealCategories', b.category) WHERE NOT ops.is_migrated_choice(s.org, 'dealCategories', b.category::text)
		UNION ALL SELECT b.id, 'its company is missing, or was left out' WHERE b.company_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.companies p WHERE p.org_id = s.org AND p.id = b.company_id)
		UNION ALL SELECT b.id, 'its user is missing, or was left out' WHERE b.sales_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.sales p WHERE p.org_id = s.org AND p.id = b.sales_id)
		UNION ALL SELECT b.id, 'one of its contacts was left out' WHERE EXISTS (SELECT FROM unnest(b.contact_ids) i
			WHERE NOT EXISTS (SELECT FROM crm.contacts c WHERE c.org_id = s.org AND c.id = i)) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.deals (org_id, id, name, company_id, contact_ids, category, stage, description, amount, created_at, updated_at, archived_at,
		expected_closing_date, sales_id, index)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.name, b.company_id, b.contact_ids, b.category, b.stage, b.description, b.amount, b.created_at,
		b.updated_at, b.archived_at, b.expected_closing_date, b.sales_id, b.index
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.deals t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.name, t.company_id, t.contact_ids, t.category, t.stage, t.description,
			t.amount, t.created_at, t.updated_at, t.archived_at, t.expected_closing_date, t.sales_id, t.index
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.deals t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.deals t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('deals', 'public.deals',
	'{name,company_id,contact_ids,category,stage,description,amount,created_at,updated_at,archived_at,expected_closing_date,sales_id,index}')
