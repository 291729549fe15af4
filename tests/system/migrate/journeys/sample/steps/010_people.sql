-- People of the source become people of the target.
-- source: public.people
-- seal: code

-- read
SELECT p.id, p.address, coalesce(p.name, p.address) AS name, p.born, p.kind, p.code
  FROM public.people p WHERE p.name IS NOT NULL OR current_setting('migration.nameless') = 'address'
-- precondition
SELECT 'public.person is missing' WHERE to_regclass('public.person') IS NULL
-- reject
SELECT b.id, 'the address has no @' FROM batch b WHERE b.address NOT LIKE '%@%'
-- forward
WITH new AS (
	INSERT INTO public.person (id, address, name, born, kind, code)
	SELECT b.* FROM batch b WHERE NOT EXISTS (SELECT FROM public.person p WHERE p.id = b.id) RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT n.id, n.id FROM new n
-- known
SELECT b.id FROM batch b JOIN public.person p ON p.id = b.id
-- compare
SELECT p.id, p.address, p.name, p.born, p.kind, p.code FROM public.person p JOIN ops.migration_row r
	ON r.source_key = p.id::text AND r.migration_id = current_setting('migration.id')::bigint
		AND r.step = current_setting('migration.step')::int
-- verify
SELECT 'a person has no name' FROM public.person p WHERE p.name IS NULL LIMIT 1
-- reverse
DELETE FROM public.person p USING batch b WHERE p.id::text = b.target_id
-- return
SELECT CASE WHEN p.id < 1000000 THEN format('UPDATE public.people SET name = %L WHERE id = %s', p.name, p.id) END,
	format('%s is called %s now', p.id, p.name)
  FROM public.person p WHERE p.changed
