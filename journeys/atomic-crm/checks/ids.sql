-- The ids of rows
--
-- With "keep", every row has the same ID as in the source, which is always free in a new organization; with "map", an
-- ID that is 2^40 higher.
-- kind: decision
-- choices: keep map
-- default: keep
-- needs: public.contacts public.companies public.deals

SELECT x.name, format('%s rows with ids from %s to %s', x.n, x.low, x.high)
  FROM (SELECT 'companies' AS name, count(*) AS n, min(id) AS low, max(id) AS high FROM public.companies
	UNION ALL SELECT 'contacts', count(*), min(id), max(id) FROM public.contacts
	UNION ALL SELECT 'deals', count(*), min(id), max(id) FROM public.deals) x
 WHERE x.n > 0
