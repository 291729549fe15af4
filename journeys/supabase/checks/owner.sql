-- The address of the user who owns the organization
--
-- Default: a superuser of the project, an administrator of its content, or otherwise the oldest user who has a verified
-- address, has signed in and is not banned.
-- kind: value
-- needs: auth.users

SELECT x.email, format('the owner of the organization: %s, since %s', x.email, x.created_at::date)
  FROM (SELECT lower(u.email) AS email, u.created_at, u.is_super_admin, u.banned_until, u.email_confirmed_at, u.last_sign_in_at, u.id,
		EXISTS (SELECT FROM public.admin a WHERE lower(a.email) = lower(u.email)) AS administers
	  FROM auth.users u
	 WHERE u.deleted_at IS NULL AND u.email <> ''
	UNION ALL
	SELECT lower(a.email), a.created_at, false, NULL, NULL, NULL, NULL, true FROM public.admin a WHERE a.email <> '') x
 ORDER BY x.is_super_admin IS NOT TRUE, NOT x.administers, x.banned_until IS NOT NULL, x.email_confirmed_at IS NULL,
	x.last_sign_in_at IS NULL, x.created_at, x.id
 LIMIT 1
