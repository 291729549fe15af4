-- The project has users that can be imported
-- kind: blocker
-- needs: auth.users

SELECT 'auth.users', 'the source has no user with an email address who was not deleted; is it a Supabase project?'
 WHERE NOT EXISTS (SELECT FROM auth.users u WHERE u.deleted_at IS NULL AND u.email <> '')
