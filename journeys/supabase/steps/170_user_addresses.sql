-- Imports the postal addresses of members
--
-- The first address of a member is the default. If it is rejected, step 186 chooses another address.
-- source: public.users public.user_addresses
-- carried: is_default

-- read
SELECT a.id, a.user_id, 'home' AS kind, a.line1, a.city, a.postal_code, upper(a.country) AS country,
	NOT EXISTS (SELECT FROM public.user_addresses o WHERE o.user_id = a.user_id AND o.id < a.id) AS is_default
  FROM public.user_addresses a

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL
SELECT b.id::text, 'it has no street or no city' FROM batch b WHERE coalesce(b.line1, '') !~ '\S' OR coalesce(b.city, '') !~ '\S'
UNION ALL
SELECT b.id::text, format('"%s" is not a two-letter country code', left(b.country, 100)) FROM batch b WHERE coalesce(b.country, '') !~ '^[A-Z]{2}$'

-- forward
SELECT membership.keep_defaults('user_addresses');
SELECT membership.import_rows('user_addresses')

-- known
SELECT membership.known_rows('user_addresses')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).kind, (w.t).line1, (w.t).city, (w.t).postal_code, (w.t).country
  FROM membership.written_rows(NULL::membership.user_addresses) w

-- reverse
SELECT membership.remove_rows('user_addresses')

-- return
SELECT * FROM membership.rows_since('user_addresses', 'public.user_addresses',
	'{user_id=membership.imported_user(t.member_id),line1=t.line1,city=t.city,postal_code=t.postal_code,country=t.country}')
