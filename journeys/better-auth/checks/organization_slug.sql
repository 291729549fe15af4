-- The slug of that organization, which is part of URLs
-- kind: value
-- needs: public."user"

SELECT coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(coalesce(nullif(btrim(u.name), ''), split_part(u.email, '@', 1))),
		'[^a-z0-9]+', '-', 'g'), 60)), ''), 'organization'), 'the slug of the organization'
  FROM public."user" u
 WHERE u.email <> '' AND NOT EXISTS (SELECT FROM public.organization o)
 ORDER BY coalesce(u.banned, false), 'admin' = ANY (string_to_array(replace(u.role, ' ', ''), ',')) IS NOT TRUE,
	u.email_verified IS NOT TRUE, u.created_at, u.id
 LIMIT 1
