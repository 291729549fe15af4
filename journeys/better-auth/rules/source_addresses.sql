-- Addresses that are not email addresses
-- on: source
-- needs: public."user"
-- verdict: warning

SELECT u.id, format('"%s" is not an email address', left(u.email, 100))
  FROM public."user" u WHERE u.email <> '' AND u.email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'
