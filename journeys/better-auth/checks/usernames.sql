-- Users who sign in with a name
--
-- Here, they sign in with their address.
-- kind: note
-- needs: public."user"

SELECT u.id, format('%s has the name %s', u.email, u.username)
  FROM public."user" u WHERE u.username <> '' AND u.email <> ''
 ORDER BY u.email
