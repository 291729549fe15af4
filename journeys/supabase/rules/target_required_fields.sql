-- Users who never had a sign-in method
--
-- They have neither a password nor an account at a provider, but can use "forgot password". "people.password_first"
-- names the users with an unsupported password hash.
-- on: target
-- verdict: warning

SELECT u.id, format('%s has neither a password nor an account at a provider', u.email)
  FROM identity."user" u
 WHERE NOT EXISTS (SELECT FROM identity.account a
	WHERE a.user_id = u.id)
   AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
