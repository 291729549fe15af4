-- Imports the subscriptions
--
-- The source has billed the periods that begin before the value billing_from, or before the next billing day of the
-- source.
-- source: public.users public.user_subscriptions
-- purged: status = 'active' AND next_on <= current_date + 1

-- read
SELECT x.id, x.user_id, x.plan, x.status, x.amount, x.currency, x.interval_months, x.starts_on,
	CASE WHEN x.status <> 'cancelled' THEN x.ends_on END AS ends_on, CASE WHEN x.status = 'cancelled' THEN coalesce(x.ends_on, x.starts_on) END AS cancelled_on,
	n.periods, (x.starts_on + make_interval(months => x.interval_months * n.periods))::date AS next_on, x.started_at AS created_at, x.started_at AS updated_at
  FROM (SELECT s.id, s.user_id, btrim(s.plan) AS plan, trim_scale(s.amount) AS amount, s.started_at,
		upper(coalesce(nullif(btrim(s.currency), ''), current_setting('migration.currency'))) AS currency,
		coalesce((SELECT v.here FROM (VALUES ('trialing', 'active'), ('past_due', 'active'), ('unpaid', 'active'), ('on_hold', 'paused'),
				('canceled', 'cancelled'), ('ended', 'cancelled'), ('expired', 'cancelled'), ('inactive', 'cancelled'),
				('incomplete_expired', 'cancelled')) v (there, here)
			WHERE v.there = lower(btrim(s.status))), lower(btrim(s.status))) AS status,
		(SELECT v.months FROM (VALUES ('monthly', 1), ('month', 1), ('1 mon', 1), ('quarterly', 3), ('quarter', 3), ('3 mons', 3),
				('half-yearly', 6), ('semiannual', 6), ('6 mons', 6), ('yearly', 12), ('year', 12), ('annual', 12), ('annually', 12),
				('1 year', 12)) v (word, months) WHERE v.word = i.said
			UNION ALL SELECT i.said::integer WHERE i.said ~ '^([1-9][0-9]?|1[01][0-9]|120)$') AS interval_months,
		CASE WHEN s.started_at BETWEEN '1900-01-02' AND '2199-12-31' THEN (s.started_at AT TIME ZONE 'UTC')::date END AS starts_on,
		CASE WHEN s.ended_at BETWEEN '1900-01-02' AND '2199-12-31' THEN (s.ended_at AT TIME ZONE 'UTC')::date END AS ends_on,
		greatest(CASE WHEN isfinite(s.next_on) THEN s.next_on END, CASE WHEN current_setting('migration.billing_from')
			~ '^2[0-9]{3}-(02-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(0[1-9]|[12][0-9]|30)|(0[13578]|1[02])-31)$'
			THEN current_setting('migration.billing_from')::date END) AS bills_from
	  FROM public.user_subscriptions s, LATERAL (SELECT lower(btrim(s.billing_interval)) AS said) i) x,
	LATERAL (SELECT (extract(year FROM x.bills_from) - extract(year FROM x.starts_on)) * 12
			+ extract(month FROM x.bills_from) - extract(month FROM x.starts_on) AS months) d,
	-- The first period that begins on that day or later.
	LATERAL (SELECT min(p.n) AS periods FROM (SELECT (greatest(floor(d.months / x.interval_months), 0) + k)::integer AS n FROM generate_series(0, 1) k) p
		WHERE (x.starts_on + make_interval(months => x.interval_months * p.n))::date >= x.bills_from) n

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL SELECT * FROM membership.rejected_amounts()
UNION ALL
SELECT b.id::text, CASE WHEN coalesce(b.plan, '') = '' THEN 'it has no plan'
		WHEN b.status NOT IN ('active', 'paused', 'cancelled') THEN format('the status "%s" of a subscription is not known here', b.status)
		WHEN b.interval_months IS NULL THEN 'the interval of its periods is not known here'
		WHEN b.starts_on IS NULL THEN 'its first day is missing, or cannot be right'
		WHEN b.ends_on < b.starts_on THEN format('it ends on %s, before it begins', b.ends_on) END
  FROM batch b
 WHERE coalesce(b.plan, '') = '' OR b.status NOT IN ('active', 'paused', 'cancelled') OR b.interval_months IS NULL OR b.starts_on IS NULL
    OR b.ends_on < b.starts_on

-- forward
SELECT membership.import_rows('user_subscriptions')

-- known
SELECT membership.known_rows('user_subscriptions')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).plan, (w.t).status,
	trim_scale(membership.major_units((w.t).amount, (w.t).currency)::numeric) AS amount, (w.t).currency, (w.t).interval_months, (w.t).starts_on,
	(w.t).ends_on, (w.t).cancelled_on, (w.t).periods, (w.t).next_on, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_subscriptions) w

-- reverse
SELECT membership.remove_rows('user_subscriptions')

-- return
SELECT * FROM membership.rows_since('user_subscriptions')
