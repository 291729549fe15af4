-- Imports the memberships
--
-- The source does not state when a membership ended, so an ended membership is cancelled from its first day.
-- source: public.users public.user_memberships

-- read
SELECT m.id, m.user_id, btrim(m.tier) AS tier, CASE WHEN m.active THEN 'active' ELSE 'cancelled' END AS status, d.day AS starts_on,
	CASE WHEN NOT m.active THEN d.day END AS cancelled_on, m.started_at AS created_at, m.started_at AS updated_at
  FROM public.user_memberships m, LATERAL (SELECT (m.started_at AT TIME ZONE 'UTC')::date AS day) d

-- reject
SELECT * FROM membership.rejected_rows()

-- forward
SELECT membership.import_rows('user_memberships')

-- known
SELECT membership.known_rows('user_memberships')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).tier, (w.t).status, (w.t).starts_on, (w.t).cancelled_on,
	(w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_memberships) w

-- reverse
SELECT membership.remove_rows('user_memberships')

-- return
SELECT * FROM membership.rows_since('user_memberships', 'public.user_memberships',
	'{user_id=membership.imported_user(t.member_id),tier=t.tier,started_at=t.starts_on,"active=t.status IN (''active'', ''paused'')"}')
