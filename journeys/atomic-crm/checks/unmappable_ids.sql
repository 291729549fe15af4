-- IDs are at least 1 and small enough for browsers
-- kind: blocker
-- needs: public.contacts public.companies public.deals public.sales public.tags public.tasks public.contact_notes public.deal_notes

SELECT format('%s %s', x.name, x.id), 'an id must be from 1 to 9007199254740991, and below 1099511627776 if ids are mapped'
  FROM ((SELECT 'sales' AS name, id FROM public.sales WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'tags' AS name, id FROM public.tags WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'companies' AS name, id FROM public.companies WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'contacts' AS name, id FROM public.contacts WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'contact_notes' AS name, id FROM public.contact_notes WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'deals' AS name, id FROM public.deals WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'deal_notes' AS name, id FROM public.deal_notes WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)
	UNION ALL (SELECT 'tasks' AS name, id FROM public.tasks WHERE id < 1 OR id > 9007199254740991
		OR id >= 1099511627776 AND current_setting('migration.ids') = 'map' ORDER BY id LIMIT 10)) x
