-- Accounts that are not users of the CRM
--
-- They are imported, but belong to no organization until they are invited.
-- kind: note
-- needs: public.sales auth.users

SELECT u.id, u.email
  FROM auth.users u
 WHERE u.deleted_at IS NULL AND u.email <> '' AND NOT EXISTS (SELECT FROM public.sales s WHERE s.user_id = u.id)
 ORDER BY u.created_at, u.id
