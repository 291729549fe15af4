-- Imports the waiting members
-- source: public.users public.membership_queue

-- read
SELECT q.id, q.user_id, q.queue_position::bigint AS place, q.joined_at AS created_at, q.joined_at AS updated_at
  FROM public.membership_queue q

-- reject
SELECT * FROM membership.rejected_rows()

-- forward
SELECT membership.import_rows('membership_queue')

-- known
SELECT membership.known_rows('membership_queue')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).place, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.membership_queue) w

-- reverse
SELECT membership.remove_rows('membership_queue')

-- return
SELECT * FROM membership.rows_since('membership_queue')
