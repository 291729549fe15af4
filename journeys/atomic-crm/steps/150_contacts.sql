-- Imports the contacts
--
-- Email addresses are converted to lower case, as everywhere in Tenantry. A text in place of an object gets the type
-- Other. Older versions have one address and two numbers in separate columns. Tags that do not exist or occur twice are
-- omitted.
-- source: public.contacts public.companies public.sales public.tags
-- carried: avatar

-- read
SELECT c.id, c.id + o.n AS new_id, c.first_name, c.last_name, c.gender, c.title, c.background, c.first_seen, c.last_seen,
	c.has_newsletter, c.status, c.linkedin_url,
	ARRAY(SELECT coalesce((SELECT min(e.id) FROM public.tags e WHERE lower(btrim(e.name)) = lower(btrim(t.name)) AND btrim(t.name) <> ''), t.id) + o.n
		FROM unnest(c.tags) WITH ORDINALITY x (id, n) JOIN public.tags t ON t.id = x.id GROUP BY 1 ORDER BY min(x.n)) AS tags,
	CASE current_setting('migration.unknown_companies') WHEN 'clear' THEN k.id ELSE c.company_id END + o.n AS company_id,
	s.id + o.n AS sales_id,
	CASE jsonb_typeof(m.emails) WHEN 'array' THEN (SELECT coalesce(jsonb_agg(CASE
			WHEN jsonb_typeof(x.e) = 'string' THEN jsonb_build_object('email', lower(btrim(x.e #>> '{}')), 'type', 'Other')
			WHEN jsonb_typeof(x.e->'email') = 'string' THEN jsonb_set(x.e, '{email}', to_jsonb(lower(btrim(x.e->>'email'))))
			ELSE x.e END ORDER BY x.n), '[]')
		FROM jsonb_array_elements(m.emails) WITH ORDINALITY x (e, n) WHERE x.e <> 'null') ELSE m.emails END AS email_jsonb,
	CASE jsonb_typeof(m.phones) WHEN 'array' THEN (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(x.e)
			WHEN 'string' THEN jsonb_build_object('number', x.e, 'type', 'Other') ELSE x.e END ORDER BY x.n), '[]')
		FROM jsonb_array_elements(m.phones) WITH ORDINALITY x (e, n) WHERE x.e <> 'null') ELSE m.phones END AS phone_jsonb,
	CASE jsonb_typeof(c.avatar) WHEN 'string' THEN jsonb_build_object('src', c.avatar) WHEN 'null' THEN NULL ELSE c.avatar END AS avatar,
	regexp_replace(regexp_replace((CASE jsonb_typeof(c.avatar) WHEN 'string' THEN jsonb_build_object('src', c.avatar) WHEN 'null' THEN NULL ELSE c.avatar END)::text,
		'"https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*"', '"*"', 'g'),
		'"path": "[^"\\]*"', '"path": "*"', 'g') AS files
  FROM public.contacts c CROSS JOIN (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o
  LEFT JOIN public.companies k ON k.id = c.company_id
  LEFT JOIN public.sales s ON s.id = c.sales_id
 CROSS JOIN LATERAL (SELECT to_jsonb(c) AS j) j
 CROSS JOIN LATERAL (SELECT CASE WHEN j.j ? 'email_jsonb' THEN CASE jsonb_typeof((j.j->'email_jsonb')) WHEN 'null' THEN NULL WHEN 'object' THEN jsonb_build_array((j.j->'email_jsonb')) ELSE (j.j->'email_jsonb') END
			WHEN j.j->>'email' <> '' THEN jsonb_build_array(jsonb_build_object('email', j.j->'email', 'type', 'Work')) END AS emails,
		CASE WHEN j.j ? 'phone_jsonb' THEN CASE jsonb_typeof((j.j->'phone_jsonb')) WHEN 'null' THEN NULL WHEN 'object' THEN jsonb_build_array((j.j->'phone_jsonb')) ELSE (j.j->'phone_jsonb') END
			ELSE (SELECT jsonb_agg(jsonb_build_object('number', p.number, 'type', coalesce(p.type, 'Work')) ORDER BY p.n)
				FROM (VALUES (1, j.j->>'phone_1_number', j.j->>'phone_1_type'), (2, j.j->>'phone_2_number', j.j->>'phone_2_type'))
					p (n, number, type) WHERE p.number <> '') END AS phones) m

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'the email addresses are not a list' WHERE jsonb_typeof(b.email_jsonb) <> 'array'
		UNION ALL SELECT b.id, 'the phone numbers are not a list' WHERE jsonb_typeof(b.phone_jsonb) <> 'array'
		UNION ALL SELECT b.id, 'an email address or a phone number is not an object' WHERE EXISTS (SELECT
			FROM jsonb_path_query(jsonb_build_array(b.email_jsonb, b.phone_jsonb), 'strict $[*] ? (@.type() == "array")[*]') e
			WHERE jsonb_typeof(e) <> 'object')
		UNION ALL SELECT b.id, 'the name has more than 500 characters' WHERE char_length(b.first_name) > 500 OR char_length(b.last_name) > 500
		UNION ALL SELECT b.id, 'the picture is not an object' WHERE jsonb_typeof(b.avatar) <> 'object'
		UNION ALL SELECT b.id, format('"%s" is not one of the values of noteStatuses', b.status) WHERE NOT ops.is_migrated_choice(s.org, 'noteStatuses', b.status::text)
		UNION ALL SELECT b.id, 'its company is missing, or was left out' WHERE b.company_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.companies p WHERE p.org_id = s.org AND p.id = b.company_id)
		UNION ALL SELECT b.id, 'its user is missing, or was left out' WHERE b.sales_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM crm.sales p WHERE p.org_id = s.org AND p.id = b.sales_id) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO crm.contacts (org_id, id, first_name, last_name, gender, title, background, first_seen, last_seen, has_newsletter, status,
		linkedin_url, tags, company_id, sales_id, email_jsonb, phone_jsonb, avatar)
	SELECT current_setting('app.org_id')::uuid, b.new_id, b.first_name, b.last_name, b.gender, b.title, b.background, b.first_seen, b.last_seen,
		b.has_newsletter, b.status, b.linkedin_url, b.tags, b.company_id, b.sales_id, b.email_jsonb, b.phone_jsonb, b.avatar
	  FROM batch b
	ON CONFLICT (org_id, id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = b.new_id

-- known
SELECT b.id FROM batch b JOIN crm.contacts t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.first_name, t.last_name, t.gender, t.title, t.background, t.first_seen,
			t.last_seen, t.has_newsletter, t.status, t.linkedin_url, t.tags, t.company_id, t.sales_id, t.email_jsonb,
			t.phone_jsonb, ops.without_file_names(t.avatar::text) AS files
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.contacts t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- verify
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('the contact %s has a tag that does not exist', t.id) FROM crm.contacts t
		 WHERE t.org_id = s.org AND cardinality(t.tags) > 0
		   AND (SELECT count(DISTINCT i) FROM unnest(t.tags) i)
			<> (SELECT count(*) FROM crm.tags g WHERE g.org_id = s.org AND g.id = ANY (t.tags)) OFFSET 0) x

-- reverse
SELECT ops.enter_migrated_organization('purging');
DELETE FROM crm.contacts t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id

-- return
SELECT * FROM ops.migration_return('contacts', 'public.contacts',
	'{first_name,last_name,gender,title,background,first_seen,last_seen,has_newsletter,status,tags,company_id,sales_id,linkedin_url,avatar,email_jsonb,phone_jsonb,'
	'email=t.email_jsonb->0->>''email'',phone_1_number=t.phone_jsonb->0->>''number'',phone_1_type=t.phone_jsonb->0->>''type'','
	'phone_2_number=t.phone_jsonb->1->>''number'',phone_2_type=t.phone_jsonb->1->>''type''}')
