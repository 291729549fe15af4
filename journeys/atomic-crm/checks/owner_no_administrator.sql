-- The owner is an administrator of the CRM
-- kind: blocker
-- needs: auth.users public.sales

SELECT current_setting('migration.owner'), 'this user is not an administrator of the CRM, or is disabled; write another owner into the plan'
 WHERE NOT EXISTS (SELECT FROM public.sales s JOIN auth.users u ON u.id = s.user_id
	WHERE lower(u.email) = lower(current_setting('migration.owner')) AND s.administrator AND NOT s.disabled)
