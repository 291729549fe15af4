-- Values of rows that the settings of the source do not list
--
-- With "add", values that are not defaults are added to the settings. With "reject", rows with these values are
-- rejected.
-- kind: decision
-- choices: add reject
-- default: add
-- needs: public.deals public.companies public.contacts public.contact_notes public.tasks public.deal_notes

SELECT u.kind, string_agg(u.value, ', ' ORDER BY u.value)
  FROM (SELECT 'dealStages' AS kind, d.stage AS value FROM public.deals d
	UNION SELECT 'dealCategories', d.category FROM public.deals d
	UNION SELECT 'companySectors', c.sector FROM public.companies c
	UNION SELECT 'companySizes', c.size::text FROM public.companies c
	UNION SELECT 'noteStatuses', c.status FROM public.contacts c
	UNION SELECT 'noteStatuses', n.status FROM public.contact_notes n
	UNION SELECT 'taskTypes', t.type FROM public.tasks t
	UNION SELECT 'noteTypes', n.type FROM public.deal_notes n) u
 WHERE u.value <> '' AND NOT EXISTS (SELECT FROM public.configuration c, jsonb_array_elements(CASE jsonb_typeof(c.config->u.kind)
		WHEN 'array' THEN c.config->u.kind ELSE '[]' END) e WHERE e->>'value' = u.value)
 GROUP BY u.kind ORDER BY u.kind
