-- People with the same address.
-- kind: blocker
SELECT lower(p.address), count(*) || ' people' FROM public.people p GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
