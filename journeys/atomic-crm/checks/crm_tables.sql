-- The tables of Atomic CRM exist
-- kind: blocker

SELECT t.name, format('the source has no table public.%s, or it is not accessible', t.name)
  FROM unnest('{companies,contacts,contact_notes,deals,deal_notes,tasks,tags,sales}'::text[]) t (name)
 WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'SELECT')
	AND c.relname IN (t.name, CASE t.name WHEN 'contact_notes' THEN 'contactNotes' WHEN 'deal_notes' THEN 'dealNotes' END))
