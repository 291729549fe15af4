-- Tables and columns that this version of Atomic CRM lacks, for the statements of a rollback; do not change them
-- kind: value
-- needs: public.companies

SELECT string_agg(x.name, ' ' ORDER BY x.name), 'versions differ in these columns'
  FROM (SELECT 'public' AS of, t.name, NULL AS attname
	  FROM unnest('{configuration,contact_notes,deal_notes}'::text[]) t (name)
	UNION ALL
	SELECT split_part(t.name, '.', 1), t.name, split_part(t.name, '.', 2)
	  FROM unnest('{companies.state_abbr,companies.stateAbbr,companies.country,companies.description,companies.revenue,
		companies.tax_identifier,companies.context_links,companies.logo,contacts.avatar,contacts.linkedin_url,contacts.email_jsonb,
		contacts.phone_jsonb,contacts.email,contacts.phone_1_number,contacts.phone_1_type,contacts.phone_2_number,
		contacts.phone_2_type,contact_notes.attachments,contact_notes.status,deal_notes.attachments,deal_notes.type,
		deals.category,sales.avatar,sales.disabled,tasks.sales_id}'::text[]) t (name)) x
 WHERE NOT EXISTS (SELECT FROM pg_class c
	WHERE c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'SELECT') AND (x.attname IS NULL AND c.relname = x.name
		OR c.relname IN (x.of, CASE x.of WHEN 'contact_notes' THEN 'contactNotes' WHEN 'deal_notes' THEN 'dealNotes' END)
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = x.attname AND NOT a.attisdropped)))
