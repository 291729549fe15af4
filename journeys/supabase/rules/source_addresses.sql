-- Addresses that are not e-mail addresses
-- on: source
-- needs: auth.users
-- verdict: warning

SELECT u.id, format('"%s" is not an email address', left(u.email, 100))
  FROM auth.users u WHERE u.email <> '' AND u.email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'
