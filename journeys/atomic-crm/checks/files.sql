-- The URL or the folder of the files in the "attachments" bucket
--
-- A URL begins with https:// or http://, and a folder with a slash.
-- kind: value
-- needs: public.contact_notes public.deal_notes public.companies

SELECT regexp_replace(min(x.base), '/(sign|authenticated)/', '/public/'), format('%s files of %s', count(*), x.base)
  FROM (SELECT substring(y.src FROM '^(https?://.*/storage/v1/object/(?:public|sign|authenticated)/attachments)/') AS base FROM (
	SELECT a->>'src' AS src FROM public.contact_notes n, unnest(n.attachments) a
	UNION ALL SELECT a->>'src' FROM public.deal_notes n, unnest(n.attachments) a
	UNION ALL SELECT coalesce(c.logo->>'src', c.logo #>> '{}') FROM public.companies c) y) x
 WHERE x.base IS NOT NULL
 GROUP BY x.base ORDER BY count(*) DESC, x.base LIMIT 1
