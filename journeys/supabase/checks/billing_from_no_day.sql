-- The value billing_from is a day
-- kind: blocker
-- needs: public.users public.user_subscriptions

SELECT current_setting('migration.billing_from'), 'is not a day; write it into the plan as in 2026-03-31'
 WHERE current_setting('migration.billing_from') !~ '^2[0-9]{3}-(02-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(0[1-9]|[12][0-9]|30)|(0[13578]|1[02])-31)$'
