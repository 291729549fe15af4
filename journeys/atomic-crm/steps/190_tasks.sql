-- Imports the tasks
-- source: public.tasks public.contacts public.sales

-- read
SELECT t.id, t.id + o.n AS new_id, t.contact_id + o.n AS contact_id, t.type, t.text, t.due_date, t.done_date, s.id + o.n AS sales_id
  FROM public.tasks t CROSS JOIN (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
  LEFT JOIN public.sales s ON s.id = (to_jsonb(t)->>'sales_id')::bigint

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'it has no contact' WHERE b.contact_id IS NULL
		UNION ALL SELECT b.id, 'its contact is missing, or was left out' WHERE b.contact_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.contacts p WHERE p.org_id = s.org AND p.id = b.contact_id)
		UNION ALL SELECT b.id, format('"%s" is not one of the values of taskTypes', b.type) WHERE NOT ops.is_migrated_choice(s.org, 'taskTypes', b.type::text)
		UNION ALL SELECT b.id, 'its user is missing, or was left out' WHERE b.sales_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.sales p WHERE p.org_id = s.org AND p.id = b.sales_id) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.tasks (org_id, id, contact_id, type, text, due_date, done_date, sales_id)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.contact_id, b.type, b.text, b.due_date, b.done_date, b.sales_id
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.tasks t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.contact_id, t.type, t.text, t.due_date, t.done_date, t.sales_id
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.tasks t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.tasks t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('tasks', 'public.tasks',
	'{contact_id,type,text,due_date,done_date,sales_id}')
