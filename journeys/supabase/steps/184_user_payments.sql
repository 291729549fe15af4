-- Imports the payments, and posts received payments to the ledger
--
-- In Tenantry, a payment covers an amount due completely. A payment whose amount differs from its open amount due is
-- credited to the member's account. For any other received payment, an amount due is added, so that the member owes
-- nothing and has no credit. Postings have the time of the source. If an amount due has several payments, the first
-- received payment is assigned to it.
-- source: public.users public.user_payments
-- carried: due_id due_added

-- read
WITH payments AS (
	SELECT p.*, s.status AS here, c.currency AS in_currency, coalesce(p.paid_at, p.created_at, 'epoch') AS at, d.id IS NOT NULL AS has_due, coalesce(d.is_open, false) AS is_open,
		coalesce(NOT d.is_waived AND d.amount = p.amount AND d.in_currency = c.currency, false) AS is_whole
	  FROM public.user_payments p
	  CROSS JOIN LATERAL (SELECT upper(coalesce(nullif(btrim(p.currency), ''), current_setting('migration.currency'))) AS currency) c
	  CROSS JOIN LATERAL (SELECT CASE WHEN x.status = 'succeeded' AND p.refunded_amount >= p.amount THEN 'refunded'
			WHEN x.status = 'partially_refunded' AND p.refunded_amount > 0 THEN 'succeeded' ELSE x.status END AS status
		FROM (SELECT coalesce((SELECT v.here FROM (VALUES ('paid', 'succeeded'), ('complete', 'succeeded'), ('completed', 'succeeded'),
			('success', 'succeeded'), ('successful', 'succeeded'), ('captured', 'succeeded'), ('settled', 'succeeded'),
			('processing', 'pending'), ('requires_action', 'pending'), ('declined', 'failed'),
			('error', 'failed'), ('canceled', 'cancelled'), ('void', 'cancelled')) v (there, here)
		WHERE v.there = lower(btrim(p.status))), lower(btrim(p.status))) AS status) x) s
	  LEFT JOIN (SELECT b.id::text AS id, b.user_id::text AS user_id, b.amount,
			upper(coalesce(nullif(btrim(b.currency), ''), current_setting('migration.currency'))) AS in_currency,
			lower(btrim(b.status)) IN ('open', 'pending', 'scheduled', 'upcoming', 'due', 'overdue', 'unpaid', 'active') AS is_open,
			lower(btrim(b.status)) IN ('waived', 'cancelled', 'canceled', 'void', 'skipped') AS is_waived
		  FROM public.user_billing_schedules b) d ON d.id = p.billing_schedule_id AND d.user_id = p.user_id::text),
ranked AS (
	SELECT p.*, p.is_whole AND (p.here NOT IN ('succeeded', 'pending') OR 1 = row_number() OVER (PARTITION BY p.billing_schedule_id, p.is_whole,
		p.here IN ('succeeded', 'pending') ORDER BY p.here = 'pending', p.at, p.id)) AS is_of_due
	  FROM payments p)
SELECT p.id, p.user_id, CASE WHEN p.is_of_due THEN d.due_id WHEN a.added THEN d.added_id END AS billing_schedule_id,
	('x' || substr(md5(m.id), 1, 13))::bit(52)::bigint AS payment_method_id, trim_scale(p.amount) AS amount, p.in_currency AS currency, p.here AS status,
	left(btrim(p.description), 500) AS description, trim_scale(CASE WHEN p.here = 'refunded' THEN p.amount ELSE coalesce(p.refunded_amount, 0) END) AS refunded_amount,
	CASE WHEN p.here IN ('succeeded', 'refunded') THEN p.at END AS succeeded_at,
	CASE WHEN p.here = 'refunded' OR p.refunded_amount > 0 THEN coalesce(p.refunded_at, p.at) END AS refunded_at,
	coalesce(p.created_at, p.at) AS created_at, coalesce(p.created_at, p.at) AS updated_at,
	CASE WHEN p.is_of_due THEN d.due_id END AS due_id, a.added AS due_added
  FROM ranked p
  LEFT JOIN (SELECT x.id::text AS id, x.user_id::text AS user_id FROM public.user_payment_methods x) m
	ON m.id = p.payment_method_id AND m.user_id = p.user_id::text
  CROSS JOIN LATERAL (SELECT ('x' || substr(md5(p.billing_schedule_id), 1, 13))::bit(52)::bigint AS due_id,
		('x' || substr(md5('amount due of ' || p.id::text), 1, 13))::bit(52)::bigint AS added_id) d
  CROSS JOIN LATERAL (SELECT p.here = 'succeeded' AND NOT p.is_of_due AND NOT (p.has_due AND p.is_open) AS added) a

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL SELECT * FROM membership.rejected_amounts()
UNION ALL SELECT * FROM membership.rejected_references('due_id', 'user_billing_schedules', 'amount due')
UNION ALL SELECT * FROM membership.rejected_references('payment_method_id', 'user_payment_methods', 'payment method')
UNION ALL
SELECT b.id::text, CASE WHEN b.status NOT IN ('pending', 'succeeded', 'failed', 'cancelled', 'refunded')
		THEN format('the status "%s" of a payment is not known here', b.status)
		ELSE format('%s of %s were refunded, of a payment that is %s', b.refunded_amount, b.amount, b.status) END FROM batch b
 WHERE b.status NOT IN ('pending', 'succeeded', 'failed', 'cancelled', 'refunded')
    OR b.refunded_amount < 0 OR b.refunded_amount > CASE WHEN b.status IN ('succeeded', 'refunded') THEN b.amount ELSE 0 END

-- forward
SELECT ops.enter_migrated_organization('restoring');
INSERT INTO membership.user_billing_schedules (org_id, id, member_id, description, due_on, amount, currency, status, created_at, updated_at)
SELECT current_setting('app.org_id')::uuid, b.billing_schedule_id, membership.imported_member(b.user_id::text), b.description,
	(b.succeeded_at AT TIME ZONE 'UTC')::date, (b.amount * crm.minor_units(b.currency))::bigint, b.currency, 'paid', b.created_at, b.updated_at
  FROM batch b WHERE b.due_added ON CONFLICT (org_id, id) DO NOTHING;
SELECT membership.import_rows('user_payments');
SELECT membership.book_imported($q$SELECT 'charge ' || s.id, 'charge', s.member_id, s.currency, s.amount, 'receivable', 'income',
		'user_billing_schedules', s.id, nullif(b.succeeded_at, 'epoch')
	  FROM batch b JOIN membership.user_billing_schedules s ON s.org_id = $1 AND s.id = b.billing_schedule_id WHERE b.status = 'succeeded'
	UNION ALL SELECT 'payment ' || p.id, 'payment', p.member_id, p.currency, p.amount, 'cash', 'receivable', 'user_payments', p.id,
		nullif(b.succeeded_at, 'epoch')
	  FROM batch b JOIN membership.user_payments p ON p.org_id = $1 AND p.id = membership.imported_id(b.id::text) WHERE p.status IN ('succeeded', 'refunded')
	UNION ALL SELECT 'refund ' || p.id, 'refund', p.member_id, p.currency, p.refunded_amount, 'receivable', 'cash', 'user_payments', p.id,
		nullif(b.refunded_at, 'epoch')
	  FROM batch b JOIN membership.user_payments p ON p.org_id = $1 AND p.id = membership.imported_id(b.id::text) WHERE p.refunded_amount > 0$q$)

-- known
SELECT membership.known_rows('user_payments')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).billing_schedule_id, (w.t).payment_method_id,
	trim_scale(membership.major_units((w.t).amount, (w.t).currency)::numeric) AS amount, (w.t).currency, (w.t).status, (w.t).description,
	trim_scale(membership.major_units((w.t).refunded_amount, (w.t).currency)::numeric) AS refunded_amount, (w.t).succeeded_at, (w.t).refunded_at,
	(w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_payments) w

-- reverse
SELECT membership.unbook_imported('user_payments');
SELECT membership.remove_rows('user_payments');
UPDATE batch b SET target_id = membership.imported_id('amount due of ' || b.source_key);
SELECT membership.unbook_imported('user_billing_schedules');
SELECT membership.remove_rows('user_billing_schedules')

-- return
SELECT * FROM membership.rows_since('user_payments')
