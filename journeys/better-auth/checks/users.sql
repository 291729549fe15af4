-- The project has users that can be imported
-- kind: blocker
-- needs: public."user"

SELECT 'users', 'the source has no user with an email address; is it a Better Auth database?'
 WHERE NOT EXISTS (SELECT FROM public."user" u WHERE u.email <> '')
