-- Tags with the same name, ignoring case
--
-- They become one tag.
-- kind: note
-- needs: public.tags

SELECT lower(btrim(t.name)), format('the tags %s', string_agg(t.id::text, ', ' ORDER BY t.id))
  FROM public.tags t WHERE btrim(t.name) <> '' GROUP BY lower(btrim(t.name)) HAVING count(*) > 1 ORDER BY 1
