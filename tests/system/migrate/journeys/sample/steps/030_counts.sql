-- The number of notes of each person, in a table that exists.
-- overwrites: public.total WHERE t.id < 100

-- forward
UPDATE public.total t SET notes = (SELECT count(*) FROM public.note) WHERE t.id < 100;
-- reverse
SELECT
-- verify
SELECT 'a total is missing' WHERE NOT EXISTS (SELECT FROM public.total WHERE id = 1 AND notes > 0)
