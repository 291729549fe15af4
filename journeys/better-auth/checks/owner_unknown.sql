-- The owner is a user of the source who can sign in
-- kind: blocker
-- needs: public."user"

SELECT current_setting('migration.owner'), 'no user of the source has this address and is not banned; write another owner into the plan'
 WHERE NOT EXISTS (SELECT FROM public.organization o)
   AND NOT EXISTS (SELECT FROM public."user" u WHERE lower(u.email) = lower(current_setting('migration.owner')) AND NOT coalesce(u.banned, false))
