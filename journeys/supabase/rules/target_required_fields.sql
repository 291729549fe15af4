-- Users who cannot sign in
--
-- Without a password and without an account at a provider; "forgot password" still works with their address.
-- on: target
-- verdict: warning

SELECT u.id, format('%s has neither a password nor an account at a provider', u.email)
  FROM identity."user" u
 WHERE NOT EXISTS (SELECT FROM identity.account a
	WHERE a.user_id = u.id AND (a.provider_id <> 'credential' OR a.password IS NOT NULL))
   AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
