-- Imports the amounts due
--
-- Open amounts are posted to the ledger, because members owe them. A paid amount is posted with its payment. Amounts
-- that were paid in another way or waived are only recorded. An open amount that a payment of the source covers
-- completely is marked as paid.
-- source: public.users public.user_billing_schedules

-- read
SELECT b.id, b.user_id, CASE WHEN b.subscription_id <> '' THEN ('x' || substr(md5(b.subscription_id), 1, 13))::bit(52)::bigint END AS subscription_id,
	left(btrim(b.description), 500) AS description, CASE WHEN b.subscription_id <> ''
		AND 1 = row_number() OVER (PARTITION BY b.subscription_id, b.due_on ORDER BY b.id) THEN b.due_on END AS period_starts_on,
	b.due_on, trim_scale(b.amount) AS amount, c.currency,
	CASE WHEN s.status = 'open' AND EXISTS (SELECT FROM public.user_payments p WHERE p.billing_schedule_id = b.id::text
			AND p.user_id::text = b.user_id::text AND p.amount = b.amount AND upper(coalesce(nullif(btrim(p.currency), ''), current_setting('migration.currency'))) = c.currency
			AND lower(btrim(p.status)) IN ('succeeded', 'paid', 'complete', 'completed', 'success', 'successful', 'captured', 'settled', 'partially_refunded'))
		THEN 'paid' ELSE s.status END AS status,
	coalesce(b.created_at, 'epoch') AS created_at, coalesce(b.created_at, 'epoch') AS updated_at
  FROM public.user_billing_schedules b,
	LATERAL (SELECT upper(coalesce(nullif(btrim(b.currency), ''), current_setting('migration.currency'))) AS currency) c,
	LATERAL (SELECT coalesce((SELECT v.here FROM (VALUES ('pending', 'open'), ('scheduled', 'open'), ('upcoming', 'open'), ('due', 'open'),
			('overdue', 'open'), ('unpaid', 'open'), ('active', 'open'), ('complete', 'paid'), ('completed', 'paid'), ('succeeded', 'paid'),
			('cancelled', 'waived'), ('canceled', 'waived'), ('void', 'waived'), ('skipped', 'waived')) v (there, here)
		WHERE v.there = lower(btrim(b.status))), lower(btrim(b.status))) AS status) s

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL SELECT * FROM membership.rejected_amounts()
UNION ALL SELECT * FROM membership.rejected_references('subscription_id', 'user_subscriptions', 'subscription')
UNION ALL
SELECT b.id::text, CASE WHEN b.due_on IS NULL OR NOT isfinite(b.due_on) THEN 'it has no day on which it is due'
		ELSE format('the status "%s" of an amount due is not known here', b.status) END FROM batch b
 WHERE b.due_on IS NULL OR NOT isfinite(b.due_on) OR b.status NOT IN ('open', 'paid', 'waived')

-- forward
SELECT membership.import_rows('user_billing_schedules');
SELECT membership.book_imported($q$SELECT 'charge ' || s.id, 'charge', s.member_id, s.currency, s.amount, 'receivable', 'income',
		'user_billing_schedules', s.id, nullif(s.created_at, 'epoch')
	  FROM batch b JOIN membership.user_billing_schedules s ON s.org_id = $1 AND s.id = membership.imported_id(b.id::text) AND s.status = 'open'$q$)

-- known
SELECT membership.known_rows('user_billing_schedules')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).subscription_id, (w.t).description, (w.t).period_starts_on,
	(w.t).due_on, trim_scale(membership.major_units((w.t).amount, (w.t).currency)::numeric) AS amount, (w.t).currency, (w.t).status,
	(w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_billing_schedules) w

-- reverse
SELECT membership.unbook_imported('user_billing_schedules');
SELECT membership.remove_rows('user_billing_schedules')

-- return
SELECT * FROM membership.rows_since('user_billing_schedules')
