-- Contacts and deals whose company does not exist
--
-- With "clear", they are imported without a company. With "reject", they are rejected.
-- kind: decision
-- choices: clear reject
-- default: clear
-- needs: public.contacts public.deals public.companies

SELECT 'contact ' || c.id, format('%s %s belongs to the company %s', c.first_name, c.last_name, c.company_id)
  FROM public.contacts c
 WHERE c.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.companies k WHERE k.id = c.company_id)
UNION ALL
SELECT 'deal ' || d.id, format('%s belongs to the company %s', d.name, d.company_id)
  FROM public.deals d
 WHERE d.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.companies k WHERE k.id = d.company_id)
