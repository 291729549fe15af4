-- Accounts without an application user
--
-- With "pending", an application user with the status Pending is created for each account. With "skip", none is
-- created.
-- kind: decision
-- inspect: yes
-- needs: auth.users auth.identities public.users
-- choices: pending skip
-- default: pending

SELECT u.id, format('%s, signed up on %s with %s, %s', u.email, u.created_at::date,
	coalesce((SELECT string_agg(DISTINCT i.provider, ' and ') FROM auth.identities i WHERE i.user_id = u.id), 'no identity'),
	coalesce('last seen on ' || u.last_sign_in_at::date, 'never signed in'))
  FROM auth.users u
 WHERE u.deleted_at IS NULL AND u.email <> ''
   AND NOT EXISTS (SELECT FROM public.users a WHERE a.auth_user_id = u.id::text)
 ORDER BY u.created_at, u.id
