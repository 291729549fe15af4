-- Imports the companies
-- source: public.companies public.sales
-- carried: logo

-- read
SELECT c.id, c.id + o.n AS new_id, c.name, c.created_at, c.sector, c.size, c.linkedin_url, c.website::text AS website, c.phone_number,
	c.address, c.zipcode, c.city, coalesce(to_jsonb(c)->>'state_abbr', to_jsonb(c)->>'stateAbbr') AS state_abbr, c.country,
	c.description, c.revenue, c.tax_identifier, c.context_links, s.id + o.n AS sales_id,
	CASE jsonb_typeof(c.logo) WHEN 'string' THEN jsonb_build_object('src', c.logo) WHEN 'null' THEN NULL ELSE c.logo END AS logo,
	regexp_replace(regexp_replace((CASE jsonb_typeof(c.logo) WHEN 'string' THEN jsonb_build_object('src', c.logo) WHEN 'null' THEN NULL ELSE c.logo END)::text,
		'"https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*"', '"*"', 'g'),
		'"path": "[^"\\]*"', '"path": "*"', 'g') AS files
  FROM public.companies c CROSS JOIN (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
  LEFT JOIN public.sales s ON s.id = c.sales_id

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'the name is empty, or has more than 500 characters' WHERE coalesce(b.name, '') = '' OR char_length(b.name) > 500
		UNION ALL SELECT b.id, 'the links are not a list' WHERE json_typeof(b.context_links) <> 'array'
		UNION ALL SELECT b.id, 'the logo is not an object' WHERE jsonb_typeof(b.logo) <> 'object'
		UNION ALL SELECT b.id, format('"%s" is not one of the values of companySectors', b.sector) WHERE NOT ops.is_migrated_choice(s.org, 'companySectors', b.sector::text)
		UNION ALL SELECT b.id, format('"%s" is not one of the values of companySizes', b.size) WHERE NOT ops.is_migrated_choice(s.org, 'companySizes', b.size::text)
		UNION ALL SELECT b.id, 'its user is missing, or was left out' WHERE b.sales_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.sales p WHERE p.org_id = s.org AND p.id = b.sales_id) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.companies (org_id, id, name, created_at, sector, size, linkedin_url, website, phone_number, address, zipcode, city, state_abbr, country,
		description, revenue, tax_identifier, context_links, sales_id, logo)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.name, b.created_at, b.sector, b.size, b.linkedin_url, b.website, b.phone_number, b.address, b.zipcode,
		b.city, b.state_abbr, b.country, b.description, b.revenue, b.tax_identifier, b.context_links, b.sales_id, b.logo
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.companies t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.name, t.created_at, t.sector, t.size, t.linkedin_url, t.website,
			t.phone_number, t.address, t.zipcode, t.city, t.state_abbr, t.country, t.description, t.revenue, t.tax_identifier,
			t.context_links, t.sales_id, ops.without_file_names(t.logo::text) AS files
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.companies t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.companies t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('companies', 'public.companies',
	'{created_at,name,sector,size,linkedin_url,website,phone_number,address,zipcode,city,state_abbr,stateAbbr=t.state_abbr,country,description,revenue,tax_identifier,context_links,sales_id,logo}')
