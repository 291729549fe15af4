-- The address of the user who owns the organization
--
-- By default, this is the first administrator with a sign-in and without a ban.
-- kind: value
-- needs: auth.users public.sales

SELECT lower(u.email), format('the owner of the organization: %s, since %s', lower(u.email), u.created_at::date)
  FROM public.sales s JOIN auth.users u ON u.id = s.user_id
 WHERE u.deleted_at IS NULL AND u.email <> ''
 ORDER BY NOT s.administrator, s.disabled, u.banned_until IS NOT NULL, u.email_confirmed_at IS NULL, u.last_sign_in_at IS NULL, s.id
 LIMIT 1
