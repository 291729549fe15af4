-- Contacts with tags, and deals with contacts, that do not exist
--
-- These tags and contacts are left out.
-- kind: note
-- needs: public.contacts public.tags public.deals

SELECT 'contact ' || c.id, format('has the tags %s', string_agg(i::text, ', '))
  FROM public.contacts c, unnest(c.tags) i WHERE NOT EXISTS (SELECT FROM public.tags t WHERE t.id = i) GROUP BY c.id
UNION ALL
SELECT 'deal ' || d.id, format('has the contacts %s', string_agg(i::text, ', '))
  FROM public.deals d, unnest(d.contact_ids) i WHERE NOT EXISTS (SELECT FROM public.contacts c WHERE c.id = i) GROUP BY d.id
