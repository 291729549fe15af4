-- The address of the user who owns the organization, if the source has no organizations
--
-- Default: an administrator of the project, or otherwise the oldest user with a verified address who is not banned.
-- kind: value
-- needs: public."user"

SELECT lower(u.email), format('the owner of the organization: %s, since %s', u.email, u.created_at::date)
  FROM public."user" u
 WHERE u.email <> '' AND NOT EXISTS (SELECT FROM public.organization o)
 ORDER BY coalesce(u.banned, false), 'admin' = ANY (string_to_array(replace(u.role, ' ', ''), ',')) IS NOT TRUE,
	u.email_verified IS NOT TRUE, u.created_at, u.id
 LIMIT 1
