-- Identities without a subject of the provider, or without a user
--
-- They are rejected, because nobody could sign in with them.
-- kind: note
-- needs: auth.identities auth.users

SELECT i.id, format('an identity of %s %s', i.provider, CASE
	WHEN NOT EXISTS (SELECT FROM auth.users u WHERE u.id = i.user_id) THEN 'has no user: ' || i.user_id
	ELSE 'has no subject: ' || i.user_id END)
  FROM auth.identities i
 WHERE i.provider NOT IN ('email', 'phone')
   AND (coalesce(i.provider_id, '') = '' OR NOT EXISTS (SELECT FROM auth.users u WHERE u.id = i.user_id))
 ORDER BY i.id
