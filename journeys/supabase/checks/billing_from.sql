-- The first day from which Tenantry bills the periods of subscriptions: the source has billed earlier periods
-- kind: value
-- needs: public.users public.user_subscriptions

SELECT current_date::text, 'the first day on which periods are billed here'
