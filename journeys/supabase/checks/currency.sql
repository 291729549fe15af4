-- The currency of payouts and disputes, which the source does not say
-- kind: value
-- needs: public.payout_management

SELECT 'EUR', 'the currency of the amounts'
