-- Rows with tags, contacts or users that do not exist, and deals without an amount
--
-- These tags, contacts and users are omitted, and the amount is 0.
-- kind: note
-- needs: public.contacts public.tags public.deals public.companies public.sales public.contact_notes public.deal_notes

SELECT 'contact ' || c.id, format('has the tags %s', string_agg(i::text, ', '))
  FROM public.contacts c, unnest(c.tags) i WHERE NOT EXISTS (SELECT FROM public.tags t WHERE t.id = i) GROUP BY c.id
UNION ALL
SELECT 'deal ' || d.id, format('has the contacts %s', string_agg(i::text, ', '))
  FROM public.deals d, unnest(d.contact_ids) i WHERE NOT EXISTS (SELECT FROM public.contacts c WHERE c.id = i) GROUP BY d.id
UNION ALL
SELECT 'deal ' || d.id, 'has no amount' FROM public.deals d WHERE d.amount IS NULL
UNION ALL
SELECT format('%s %s', x.name, x.id), format('belongs to the user %s', x.sales_id)
  FROM (SELECT 'company' AS name, id, sales_id FROM public.companies UNION ALL SELECT 'contact', id, sales_id FROM public.contacts
	UNION ALL SELECT 'deal', id, sales_id FROM public.deals UNION ALL SELECT 'contact note', id, sales_id FROM public.contact_notes
	UNION ALL SELECT 'deal note', id, sales_id FROM public.deal_notes) x
 WHERE x.sales_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.sales s WHERE s.id = x.sales_id)
