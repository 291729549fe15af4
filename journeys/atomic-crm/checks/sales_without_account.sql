-- Users of the CRM without an account
--
-- They are imported as disabled users, to whom their rows belong.
-- kind: note
-- needs: public.sales auth.users

SELECT s.id, format('%s %s, %s', s.first_name, s.last_name, s.email)
  FROM public.sales s
 WHERE NOT EXISTS (SELECT FROM auth.users u WHERE u.id = s.user_id AND u.deleted_at IS NULL AND u.email <> '')
 ORDER BY s.id
