-- The address of the user who owns the organization
--
-- A superuser of the project, or else the oldest user with a verified address who has signed in and is
-- not banned.
-- kind: value
-- needs: auth.users

SELECT lower(u.email), format('the owner of the organization: %s, since %s', lower(u.email), u.created_at::date)
  FROM auth.users u
 WHERE u.deleted_at IS NULL AND u.email <> ''
 ORDER BY u.is_super_admin IS NOT TRUE, u.banned_until IS NOT NULL, u.email_confirmed_at IS NULL, u.last_sign_in_at IS NULL, u.created_at, u.id
 LIMIT 1
