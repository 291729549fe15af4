-- The owner is a user or an administrator of the source who can sign in
-- kind: blocker
-- needs: auth.users

SELECT current_setting('migration.owner'), CASE WHEN u.id IS NULL
		THEN 'no user of the source has this address; write another owner into the plan'
	ELSE 'this user is banned; write another owner into the plan' END
  FROM (SELECT) one LEFT JOIN auth.users u
	ON lower(u.email) = lower(current_setting('migration.owner')) AND u.deleted_at IS NULL
 WHERE u.banned_until IS NOT NULL
    OR u.id IS NULL AND NOT EXISTS (SELECT FROM public.admin a WHERE lower(a.email) = lower(current_setting('migration.owner')))
 LIMIT 1
