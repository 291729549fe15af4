-- Users who never had a way to sign in
--
-- Without a password and without an account at a provider; "forgot password" still works with their address. Users whose
-- password has a hash that is not read here are named by "people.password_first".
-- on: target
-- verdict: warning

SELECT u.id, format('%s has neither a password nor an account at a provider', u.email)
  FROM identity."user" u
 WHERE NOT EXISTS (SELECT FROM identity.account a
	WHERE a.user_id = u.id)
   AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
