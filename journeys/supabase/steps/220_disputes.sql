-- Imports the disputes about payouts
--
-- The disputes are open, so that they hold their payouts. Evidence is due within two weeks.
-- source: public.users public.payout_management public.disputes

-- read
SELECT d.id, p.user_id, ('x' || substr(md5(d.payout_id::text), 1, 13))::bit(52)::bigint AS payout_id, trim_scale(p.amount) AS amount,
	upper(current_setting('migration.currency')) AS currency, btrim(d.reason) AS reason
  FROM public.disputes d LEFT JOIN public.payout_management p ON p.id = d.payout_id

-- reject
SELECT * FROM membership.rejected_rows()

-- forward
SELECT membership.import_rows('disputes')

-- known
SELECT membership.known_rows('disputes')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).payout_id,
	trim_scale(membership.major_units((w.t).amount, (w.t).currency)::numeric) AS amount, (w.t).currency, (w.t).reason
  FROM membership.written_rows(NULL::membership.disputes) w

-- reverse
SELECT membership.remove_rows('disputes')

-- return
SELECT * FROM membership.rows_since('disputes')
