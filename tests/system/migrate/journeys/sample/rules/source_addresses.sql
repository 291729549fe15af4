-- Addresses of the source have an @.
-- on: source
SELECT p.id, p.address FROM public.people p WHERE p.address NOT LIKE '%@%'
