-- Users with the same address, ignoring case
--
-- The first user with a verified address is imported, and the others are rejected.
-- kind: note
-- needs: public."user"

SELECT lower(u.email), format('%s users have this address: %s', count(*), string_agg(u.id, ', ' ORDER BY u.created_at, u.id))
  FROM public."user" u WHERE u.email <> ''
 GROUP BY lower(u.email) HAVING count(*) > 1 ORDER BY lower(u.email)
