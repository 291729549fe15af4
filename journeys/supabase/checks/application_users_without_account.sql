-- Application users without an account
--
-- They are imported without one.
-- kind: note
-- inspect: yes
-- needs: auth.users public.users

SELECT a.id, format('%s refers to %s', a.email, coalesce('the account ' || a.auth_user_id || ', which does not exist', 'no account'))
  FROM public.users a
 WHERE NOT EXISTS (SELECT FROM auth.users u WHERE u.id::text = a.auth_user_id AND u.deleted_at IS NULL)
 ORDER BY a.created_at, a.id
