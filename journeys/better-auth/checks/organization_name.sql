-- The name of the organization that all users join, if the source has no organizations
-- kind: value
-- needs: public."user"

SELECT left(coalesce(nullif(btrim(u.name), ''), split_part(u.email, '@', 1)), 400) || '''s organization', 'the name of the organization'
  FROM public."user" u
 WHERE u.email <> '' AND NOT EXISTS (SELECT FROM public.organization o)
 ORDER BY coalesce(u.banned, false), 'admin' = ANY (string_to_array(replace(u.role, ' ', ''), ',')) IS NOT TRUE,
	u.email_verified IS NOT TRUE, u.created_at, u.id
 LIMIT 1
