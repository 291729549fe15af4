-- Second factors that are not required, or are required but missing
-- on: target

SELECT u.id, format('%s %s', u.email, CASE WHEN u.two_factor_enabled THEN 'is asked for a second factor and has none'
	ELSE 'has a second factor that is not asked for' END)
  FROM identity."user" u LEFT JOIN identity.two_factor t ON t.user_id = u.id AND t.verified
 WHERE coalesce(u.two_factor_enabled, false) AND t.user_id IS NULL
	AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
    OR NOT coalesce(u.two_factor_enabled, false) AND t.user_id IS NOT NULL
