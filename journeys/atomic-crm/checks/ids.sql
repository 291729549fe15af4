-- The IDs of rows
--
-- With "keep", every row keeps its ID, which is always free in a new organization. With "map", 2^40 is added to each
-- ID.
-- kind: decision
-- choices: keep map
-- default: keep
-- needs: public.contacts public.companies public.deals

SELECT x.name, format('%s rows with ids from %s to %s', x.n, x.low, x.high)
  FROM (SELECT 'companies' AS name, count(*) AS n, min(id) AS low, max(id) AS high FROM public.companies
	UNION ALL SELECT 'contacts', count(*), min(id), max(id) FROM public.contacts
	UNION ALL SELECT 'deals', count(*), min(id), max(id) FROM public.deals) x
 WHERE x.n > 0
