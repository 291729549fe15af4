-- Notes about people.
-- source: public.notes

-- read
SELECT n.id, n.person, current_setting('migration.greeting') || ' ' || n.text AS text FROM public.notes n
-- forward
WITH new AS (
	INSERT INTO public.note (id, person, text)
	SELECT b.* FROM batch b WHERE NOT EXISTS (SELECT FROM public.note n WHERE n.id = b.id) RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT n.id, n.id FROM new n
-- known
SELECT b.id FROM batch b JOIN public.note n ON n.id = b.id
-- compare
SELECT n.id, n.person, n.text FROM public.note n JOIN ops.migration_row r
	ON r.source_key = n.id::text AND r.migration_id = current_setting('migration.id')::bigint
		AND r.step = current_setting('migration.step')::int
-- reverse
DELETE FROM public.note n USING batch b WHERE n.id::text = b.target_id
