-- Application users whose account does not exist
-- on: source
-- needs: public.users auth.users
-- verdict: warning

SELECT a.id, format('the application user %s refers to no account (%s)', a.email, a.auth_user_id)
  FROM public.users a WHERE NOT EXISTS (SELECT FROM auth.users u WHERE u.id::text = a.auth_user_id)
