-- A table that this source does not have.
-- source: public.absent

-- read
SELECT a.id FROM public.absent a
-- forward
SELECT
-- compare
SELECT 1 WHERE false
-- reverse
SELECT
