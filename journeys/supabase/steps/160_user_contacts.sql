-- Imports the addresses and numbers of members
--
-- The first primary contact of a kind is the default, or otherwise the first contact. If it is rejected, step 185
-- chooses another contact.
-- source: public.users public.user_contacts
-- carried: is_default

-- read
SELECT c.id, c.user_id, c.kind, btrim(c.value) AS value, NOT EXISTS (SELECT FROM public.user_contacts o
		WHERE o.user_id = c.user_id AND o.kind = c.kind AND (NOT o.is_primary, o.id) < (NOT c.is_primary, c.id)) AS is_default
  FROM public.user_contacts c

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL
SELECT b.id::text, format('"%s" is not a valid %s', left(b.value, 100), CASE b.kind WHEN 'email' THEN 'email address' WHEN 'phone' THEN 'phone number'
		ELSE 'web address' END) FROM batch b
 WHERE CASE b.kind WHEN 'email' THEN b.value !~ '^[^@[:space:]]+@[^@[:space:]]+$' WHEN 'phone' THEN b.value !~ '[0-9]'
	WHEN 'web' THEN b.value !~ '^https?://' END

-- forward
SELECT membership.keep_defaults('user_contacts');
SELECT membership.import_rows('user_contacts')

-- known
SELECT membership.known_rows('user_contacts')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).kind, (w.t).value
  FROM membership.written_rows(NULL::membership.user_contacts) w

-- reverse
SELECT membership.remove_rows('user_contacts')

-- return
SELECT * FROM membership.rows_since('user_contacts', 'public.user_contacts',
	'{user_id=membership.imported_user(t.member_id),kind=t.kind,value=t.value,is_primary=t.is_default}')
