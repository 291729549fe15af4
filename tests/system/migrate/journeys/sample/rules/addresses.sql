-- Addresses have an @.
-- on: target
SELECT p.id, p.address FROM public.person p WHERE p.address NOT LIKE '%@%'
