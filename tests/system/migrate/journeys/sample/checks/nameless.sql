-- People without a name.
-- kind: decision
-- choices: address drop
SELECT p.id, p.address FROM public.people p WHERE p.name IS NULL ORDER BY p.id
