-- Users with the same address, ignoring case
-- on: source
-- needs: public."user"

SELECT u.id, format('%s has the address of %s', u.email, o.id)
  FROM public."user" u JOIN public."user" o ON lower(o.email) = lower(u.email) AND o.id < u.id
 WHERE u.email <> ''
