-- Users with the same address, ignoring case
-- on: source
-- needs: auth.users

SELECT u.id, format('%s has the address of %s', u.email, o.id)
  FROM auth.users u JOIN auth.users o ON lower(o.email) = lower(u.email) AND o.id < u.id
 WHERE u.email <> '' AND u.deleted_at IS NULL AND o.deleted_at IS NULL
