-- The first day on which the periods of subscriptions are billed here: the source has billed those that begin before
-- kind: value
-- needs: public.users public.user_subscriptions

SELECT current_date::text, 'the first day on which periods are billed here'
