-- The currency of amounts for which the source does not state a currency
-- kind: value

SELECT 'EUR', 'the currency of the amounts'
 WHERE EXISTS (SELECT FROM unnest('{payout_management,user_subscriptions,user_billing_schedules,user_payments}'::name[]) t (name)
	WHERE to_regclass(format('public.%I', t.name)) IS NOT NULL)
