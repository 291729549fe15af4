-- Imports the payouts to members
--
-- The source has no bank accounts. An unpaid payout becomes requested, so that somebody must approve it, and is on hold
-- until its member has an account. Paid and failed payouts are only recorded. None is posted to the ledger, which
-- begins with an approval. A payout that a bank is processing is rejected: complete it in the source first.
-- source: public.users public.payout_management

-- read
SELECT p.id, p.user_id, trim_scale(p.amount) AS amount, upper(current_setting('migration.currency')) AS currency,
	coalesce((SELECT x.here FROM (VALUES ('scheduled', 'requested'), ('pending', 'requested'), ('approved', 'requested'),
			('completed', 'paid'), ('canceled', 'cancelled')) x (there, here)
		WHERE x.there = lower(p.status)), lower(p.status)) AS status, 'imported' AS reason,
	'PO-' || ('x' || substr(md5(p.id::text), 1, 13))::bit(52)::bigint AS reference
  FROM public.payout_management p

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL
SELECT b.id::text, format('the status "%s" of a payout is not known here, or one that is under way', b.status) FROM batch b
 WHERE b.status NOT IN ('requested', 'paid', 'failed', 'rejected', 'cancelled')
UNION ALL SELECT * FROM membership.rejected_amounts()

-- forward
SELECT membership.import_rows('user_payouts')

-- known
SELECT membership.known_rows('user_payouts')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, trim_scale(membership.major_units((w.t).amount, (w.t).currency)::numeric) AS amount,
	(w.t).currency, (w.t).status, (w.t).reason, (w.t).reference
  FROM membership.written_rows(NULL::membership.user_payouts) w

-- reverse
SELECT membership.remove_rows('user_payouts')

-- return
SELECT * FROM membership.rows_since('user_payouts')
