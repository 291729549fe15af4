-- Users without an address, who are not imported
-- kind: note
-- needs: public."user"

SELECT u.id, format('%s has no email address', coalesce(nullif(u.name, ''), u.id))
  FROM public."user" u WHERE coalesce(u.email, '') = '' ORDER BY u.id
