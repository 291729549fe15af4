-- Identities without a user
-- on: source
-- needs: auth.identities auth.users

SELECT i.id, format('the identity %s of %s has no user %s', i.provider_id, i.provider, i.user_id)
  FROM auth.identities i WHERE NOT EXISTS (SELECT FROM auth.users u WHERE u.id = i.user_id)
