-- Imports the addresses and numbers of members
--
-- Of several primary ones of a kind, the first is the default.
-- source: public.users public.user_contacts

-- read
SELECT c.id, c.user_id, c.kind, btrim(c.value) AS value, c.is_primary AND NOT EXISTS (SELECT FROM public.user_contacts o
		WHERE o.user_id = c.user_id AND o.kind = c.kind AND o.is_primary AND o.id < c.id) AS is_default
  FROM public.user_contacts c

-- reject
SELECT * FROM membership.rejected_rows()

-- forward
SELECT membership.import_rows('user_contacts')

-- known
SELECT membership.known_rows('user_contacts')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).kind, (w.t).value, (w.t).is_default
  FROM membership.written_rows(NULL::membership.user_contacts) w

-- reverse
SELECT membership.remove_rows('user_contacts')

-- return
SELECT * FROM membership.rows_since('user_contacts')
