-- The currency of the amounts of which the source does not say it
-- kind: value

SELECT 'EUR', 'the currency of the amounts'
 WHERE EXISTS (SELECT FROM unnest('{payout_management,user_subscriptions,user_billing_schedules,user_payments}'::name[]) t (name)
	WHERE to_regclass(format('public.%I', t.name)) IS NOT NULL)
