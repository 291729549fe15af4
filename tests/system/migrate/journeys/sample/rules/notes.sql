-- Notes belong to a person.
-- on: target
SELECT n.id, 'person ' || n.person FROM public.note n LEFT JOIN public.person p ON p.id = n.person WHERE p.id IS NULL
