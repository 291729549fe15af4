-- People are at most 120 years old.
-- on: target
-- verdict: warning
SELECT p.id, p.born::text FROM public.person p WHERE p.born < '1906-01-01'
