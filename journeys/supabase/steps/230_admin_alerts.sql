-- Imports the alerts for the staff
-- source: public.users public.admin_alerts

-- read
SELECT a.id, 'supabase ' || a.id AS key, left(a.message, 500) AS title, CASE lower(a.severity) WHEN 'info' THEN 'low'
		WHEN 'warning' THEN 'medium' WHEN 'error' THEN 'high' WHEN 'critical' THEN 'high' ELSE lower(a.severity) END AS severity,
	a.created_at, a.created_at AS updated_at
  FROM public.admin_alerts a

-- forward
SELECT membership.import_rows('admin_alerts')

-- known
SELECT membership.known_rows('admin_alerts')

-- compare
SELECT w.source_key AS id, (w.t).key, (w.t).title, (w.t).severity, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.admin_alerts) w

-- reverse
SELECT membership.remove_rows('admin_alerts')

-- return
SELECT * FROM membership.rows_since('admin_alerts')
