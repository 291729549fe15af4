-- Application users without an account
-- on: target
-- verdict: warning

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT a.id::text, format('the application user %s has no account', a.email)
		  FROM membership.users a
		 WHERE a.org_id = s.org
		   AND NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = a.user_id) OFFSET 0) x
