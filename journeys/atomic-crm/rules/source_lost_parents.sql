-- Notes and tasks without a contact or deal
-- on: source
-- verdict: warning
-- needs: public.contact_notes public.deal_notes public.tasks public.contacts public.deals

SELECT 'contact_notes ' || n.id, 'has no contact' FROM public.contact_notes n
 WHERE NOT EXISTS (SELECT FROM public.contacts c WHERE c.id = n.contact_id)
UNION ALL
SELECT 'deal_notes ' || n.id, 'has no deal' FROM public.deal_notes n
 WHERE NOT EXISTS (SELECT FROM public.deals d WHERE d.id = n.deal_id)
UNION ALL
SELECT 'tasks ' || t.id, 'has no contact' FROM public.tasks t
 WHERE NOT EXISTS (SELECT FROM public.contacts c WHERE c.id = t.contact_id)
